/** The parsers of what others wrote, each with inputs that are right, from which wrong ones are made. */
import { zstdCompressSync } from 'node:zlib';
import { parseLocation } from '../../src/base/location.ts';
import { parseMoment } from '../../src/cli/parseMoment.ts';
import { parseDuration } from '../../src/engine/forget/duration.ts';
import { parseKeepCount, parseTagList } from '../../src/engine/forget/policy.ts';
import { ManifestParser, manifestToLines } from '../../src/engine/mirror/manifestFormat.ts';
import { parseMaxUnused } from '../../src/engine/prune/maxUnused.ts';
import { parseSize } from '../../src/engine/prune/parseSize.ts';
import { editCrontab, readCrontabBlocks } from '../../src/engine/schedule/crontab.ts';
import { parseCalendar, parsePeriod, parseTimeOfDay, parseTitle } from '../../src/engine/schedule/schedule.ts';
import { parseSnapshotPath } from '../../src/engine/snapshotPath.ts';
import { splitWords } from '../../src/base/splitWords.ts';
import { parseKeyFile } from '../../src/repository/crypto/keyFile.ts';
import { parseMasterKey } from '../../src/repository/crypto/masterKey.ts';
import { parseConfig } from '../../src/repository/format/config.ts';
import { parseIndexFile } from '../../src/repository/format/indexFile.ts';
import { scanIndexFile } from '../../src/repository/format/indexScan.ts';
import { locatePackHeader, packHeaderToBytes, parsePackHeader } from '../../src/repository/format/pack.ts';
import { unquoteName } from '../../src/repository/format/quoteName.ts';
import { parseSnapshot } from '../../src/repository/format/snapshot.ts';
import { tryParseTime } from '../../src/repository/format/time.ts';
import { parseTree } from '../../src/repository/format/tree.ts';
import { asId, type BlobId } from '../../src/repository/format/ids.ts';
import { parseLockFile } from '../../src/repository/lockFile.ts';
import { ZstdContext } from '../../src/repository/zstd.ts';
import { parseGitIndex } from '../../src/workspace/gitIndex.ts';
import { matchesGitPattern, parseGitPattern } from '../../src/workspace/gitPattern.ts';
import { compileGlobs, findGlob } from '../../src/workspace/globs.ts';
import { patternsInFile } from '../../src/workspace/patternLines.ts';
import { compilePatterns, patternNames } from '../../src/workspace/resticPatterns.ts';

export interface FuzzTarget {
  readonly name: string;
  readonly samples: readonly (string | Uint8Array)[];
  parse(input: Buffer): unknown;
}

const id = 'ab'.repeat(32);
const path = 'src/some/deep/folder/file-name.test.ts';
const zstd = new ZstdContext();
const text =
  (parse: (text: string) => unknown) =>
  (input: Buffer): unknown =>
    parse(input.toString('utf8'));

const node =
  `{"name":"a","type":"file","mode":420,"mtime":"2024-05-06T07:08:09.123456789+02:00","atime":"2024-05-06T07:08:09Z",` +
  `"ctime":"2024-05-06T07:08:09Z","uid":1000,"gid":1000,"user":"u","group":"g","inode":18446744073709551615,` +
  `"size":3,"links":2,"content":["${id}"],"extended_attributes":[{"name":"user.x","value":"eA=="}]}`;
const folder = `{"name":"d\\u00e4\\\\xff","type":"dir","mode":2147484141,"mtime":"2024-05-06T07:08:09Z","subtree":"${id}"}`;

export const fuzzTargets: readonly FuzzTarget[] = [
  {
    name: 'index file',
    samples: [
      `{"packs":[{"id":"${id}","blobs":[{"id":"${id}","type":"data","offset":0,"length":38,"uncompressed_length":9}]}]}\n`,
      `{"supersedes":["${id}"],"packs":[{"id":"${id}","blobs":[{"id":"${id}","type":"tree","offset":5,"length":38}]}]}`,
    ],
    parse: (input) => {
      scanIndexFile(input, () => {});
      return [...parseIndexFile(input)];
    },
  },
  {
    name: 'snapshot',
    samples: [
      `{"time":"2024-05-06T07:08:09.123+02:00","parent":"${id}","tree":"${id}","paths":["/home/u"],"hostname":"h",` +
        `"username":"u","uid":1000,"gid":1000,"excludes":["*.o"],"tags":["a","b"],"original":"${id}","program_version":"restic 0.18.0",` +
        `"summary":{"backup_start":"2024-05-06T07:08:09Z","files_new":3,"total_bytes_processed":12345}}`,
    ],
    parse: parseSnapshot,
  },
  {
    name: 'tree',
    samples: [`{"nodes":[${node},${folder}]}\n`, '{"nodes":null}\n'],
    parse: (input) => parseTree(input),
  },
  { name: 'config', samples: [`{"version":2,"id":"${id}","chunker_polynomial":"25b468838dcb75"}`], parse: parseConfig },
  {
    name: 'key file',
    samples: [
      `{"created":"2024-05-06T07:08:09Z","username":"u","hostname":"h","kdf":"scrypt","N":32768,"r":8,"p":1,` +
        `"salt":"${Buffer.alloc(64).toString('base64')}","data":"${Buffer.alloc(147).toString('base64')}"}`,
    ],
    parse: parseKeyFile,
  },
  {
    name: 'master key',
    samples: [
      `{"mac":{"k":"${Buffer.alloc(16).toString('base64')}","r":"${Buffer.alloc(16).toString('base64')}"},` +
        `"encrypt":"${Buffer.alloc(32).toString('base64')}"}`,
    ],
    parse: parseMasterKey,
  },
  {
    name: 'pack header',
    samples: [
      packHeaderToBytes([
        { id: asId<BlobId>(id), type: 'data', offset: 0, length: 100, uncompressedLength: 0 },
        { id: asId<BlobId>(id), type: 'tree', offset: 100, length: 100, uncompressedLength: 300 },
      ]),
    ],
    parse: (input) => {
      parsePackHeader(input);
      return locatePackHeader(input.length * 3, input.subarray(-4));
    },
  },
  {
    name: 'lock',
    samples: [
      `{"time":"2024-05-06T07:08:09.1+02:00","exclusive":true,"hostname":"h","username":"u","pid":17,"uid":1,"gid":1,` +
        `"cairn":{"machine":"m","boot":"b","start":"1"}}`,
    ],
    parse: parseLockFile,
  },
  {
    name: 'manifest',
    samples: [
      [
        ...manifestToLines({ isComplete: true, created: '2024-05-06T07:08:09Z', source: '/home/u' }, [
          { path: 'a/b', size: 3, mtime: 1n, sha256: id, from: { mtime: 1n, ctime: 2n, inode: 3n } },
          { path: 'link', target: 'a' },
        ]),
      ].join(''),
    ],
    parse: text((manifest) => {
      const parser = new ManifestParser();
      for (const line of manifest.split('\n').slice(0, -1)) parser.addLine(Buffer.from(line));
      return parser.finish();
    }),
  },
  {
    name: 'zstd frame',
    samples: [zstdCompressSync('some text, some text, some text'), zstdCompressSync(Buffer.alloc(300_000))],
    parse: (input) => zstd.decompress(input, input.length % 2 === 0 ? 31 : 300_000),
  },
  { name: 'git index', samples: [gitIndex()], parse: parseGitIndex },
  {
    name: 'git pattern',
    samples: ['!/src/**/[a-z]*.t?', '*.o', 'a\\ b\\*/', '**/build/**', '[!a-c][[:alpha:]]x'],
    parse: text((pattern) => {
      const parsed = parseGitPattern(pattern, 1, pattern.length % 2 === 0);
      return parsed && matchesGitPattern(parsed, path);
    }),
  },
  {
    name: 'glob',
    samples: ['**/*.{ts,js}', '!(a|b)/[!c]*', 'src/**/deep/', '+(x|y)?(z)', '{1..9}/{a,b{c,d}}'],
    parse: text((glob) =>
      findGlob(compileGlobs([glob], false), {
        name: 'file-name.test.ts',
        relativePath: path,
        absolutePath: `/home/u/${path}`,
        isFolder: false,
      }),
    ),
  },
  {
    name: 'pattern',
    samples: ['!/home/*/x', 'a/**/b', '[a-z]*.t?t', '$HOME/\\*', '# x\n*.o\n${A}b$$c\n'],
    parse: (input) => {
      for (const pattern of patternsInFile(input, (name) => name.repeat(2))) {
        const [scope] = compilePatterns({ patterns: [pattern] }, patternNames('/home/u'));
        scope?.enter('src').enter('deep').find('file-name.test.ts');
      }
    },
  },
  {
    name: 'crontab',
    samples: ['0 2 * * * x\n# cairn daily: every day at 02:30\n30 2 * * * cairn backup\n# end of cairn daily\nA=b\n'],
    parse: text((crontab) => {
      editCrontab(crontab, 'daily', ['# cairn daily: x']);
      parseTitle(crontab);
      return readCrontabBlocks(crontab);
    }),
  },
  ...words({
    duration: [parseDuration, '1y5m7d2h', '3d'],
    'keep count': [parseKeepCount, '17', 'unlimited'],
    'tag list': [parseTagList, 'a,b', 'x'],
    time: [tryParseTime, '2024-05-06T07:08:09.123456789+02:00', '0001-01-01T00:00:00Z'],
    moment: [(value) => parseMoment(value, 'last'), '2026-01-31 17:05:09', '2026-01-31'],
    size: [parseSize, '500M', '1.5G', '12'],
    'unused limit': [parseMaxUnused, '5%', '200M', 'unlimited'],
    'time of day': [parseTimeOfDay, '02:30'],
    period: [parsePeriod, '15m', '6h'],
    calendar: [parseCalendar, 'Mon..Fri *-*-* 02:30', '*/15 * * * *'],
    'quoted name': [unquoteName, 'a\\\\xff\\u00e4\\"', 'x\\n\\t'],
    location: [parseLocation, 'local:/srv/backup', 'sftp:u@h:/x', 'C:\\backup', 'rest:https://u:p@h:8000/'],
    'place in a snapshot': [parseSnapshotPath, 'latest:/home/u', '1a2b3c4d:C:\\x'],
    command: [(value) => splitWords(value, 'a test'), `a "b c" 'd' e\\ f`, 'pass show x'],
  }),
];

function words(all: Record<string, readonly [(text: string) => unknown, ...string[]]>): FuzzTarget[] {
  return Object.entries(all).map(([name, [parse, ...samples]]) => ({ name, samples, parse: text(parse) }));
}

/** An index of git, version 2, with one entry and an extension. */
function gitIndex(): Buffer {
  const header = Buffer.from('DIRC\0\0\0\x02\0\0\0\x01', 'latin1');
  const entry = Buffer.alloc(72);
  entry.writeUInt16BE(5, 60);
  entry.write('a/b.c', 62);
  const extension = Buffer.concat([Buffer.from('TREE\0\0\0\x04', 'latin1'), Buffer.alloc(4)]);
  return Buffer.concat([header, entry, extension, Buffer.alloc(20)]);
}
