import { MemoryBackend } from '../helpers/memoryBackend.ts';
import { checkBackend } from './suite.ts';

checkBackend('MemoryBackend', async () => ({ backend: new MemoryBackend(), dispose: async () => {} }));
