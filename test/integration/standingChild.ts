/** Writes a number of places into a ledger, each after the other, and folders into one that all children share. */
import { changeLedger } from '../../src/engine/standing/ledger.ts';
import { afterBackup } from '../../src/engine/standing/noteBackup.ts';

const [folder, name, count] = process.argv.slice(2) as [string, string, string];
const ledger = {
  folder,
  onTrouble: (message: string) => {
    console.error(message);
    process.exitCode = 1;
  },
};

for (let number = 0; number < Number(count); number++) {
  const now = new Date().toISOString();
  const facts = { paths: [`/home/${name}${number}`], began: now, now, isChange: true, unread: 0 };
  for (const location of [`/${name}${number}`, '/shared'])
    await changeLedger(ledger, (places) => afterBackup(places, { location, repository: '1'.repeat(64) }, facts));
}
