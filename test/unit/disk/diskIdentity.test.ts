import { mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { deviceName, disksOfPlace, hostId, type DeviceFolders } from '../../../src/disk/diskIdentity.ts';
import { tempFolder } from '../../helpers/tempFolder.ts';

/** What Linux would say of devices, in folders of our own: `partition: 'sda'` makes `sda/sda1`. */
function writeDevices(devices: Readonly<Record<string, Readonly<Record<string, string>>>>): string {
  const sys = tempFolder();
  for (const [place, files] of Object.entries(devices)) {
    const folder = join(sys, 'devices', place);
    mkdirSync(folder, { recursive: true });
    for (const [name, content] of Object.entries(files)) {
      const file = join(folder, name);
      mkdirSync(dirname(file), { recursive: true });
      if (content.startsWith('-> ')) symlinkSync(join(sys, 'devices', content.slice(3)), file);
      else writeFileSync(file, content);
    }
  }
  mkdirSync(join(sys, 'dev/block'), { recursive: true });
  return sys;
}

const place = tempFolder();
const number = deviceName(statSync(place, { bigint: true }).dev);

/** The disks of a place, if its device were the one that is named. */
function disksIf(device: string | undefined, sys: string, mountinfo = ''): readonly string[] | undefined {
  const proc = tempFolder();
  mkdirSync(join(proc, 'self'));
  writeFileSync(join(proc, 'self/mountinfo'), mountinfo);
  if (device !== undefined) symlinkSync(join(sys, 'devices', device), join(sys, 'dev/block', number));
  const folders: DeviceFolders = { sys, proc };
  return disksOfPlace(place, folders);
}

test('of a partition it is the disk, by what names it for good', () => {
  expect(
    disksIf('sda/sda1', writeDevices({ sda: { 'device/wwid': 'naa.123\n' }, 'sda/sda1': { partition: '1' } })),
  ).toEqual(['disk:naa.123']);
  expect(disksIf('sda/sda2', writeDevices({ sda: {}, 'sda/sda2': { partition: '2' } }))).toEqual(['disk:sda']);
  expect(disksIf('vda', writeDevices({ vda: { serial: '' } }))).toEqual(['disk:vda']);
});

test('of what lies over others it is those: LVM and LUKS on two disks', () => {
  const sys = writeDevices({
    sda: { 'device/serial': 'A' },
    sdb: { 'device/serial': 'B' },
    'sdb/sdb1': { partition: '1' },
    crypt: { 'slaves/sdb1': '-> sdb/sdb1' },
    volume: { 'slaves/sda': '-> sda', 'slaves/crypt': '-> crypt' },
  });
  expect(disksIf('volume', sys)).toEqual(['disk:A', 'disk:B']);
});

test('memory is no disk', () => {
  expect(disksIf('zram0', writeDevices({ zram0: {} }))).toBeUndefined();
  const mounted = `1 0 ${number} / / rw - tmpfs tmpfs rw\n`;
  expect(disksIf(undefined, writeDevices({}), mounted)).toBeUndefined();
});

test('of a drive of the network it is the machine; of what nobody knows it is none', () => {
  const of = (type: string, source: string) =>
    disksIf(undefined, writeDevices({}), `1 0 ${number} / / rw shared:1 - ${type} ${source} rw\n`);
  expect(of('nfs4', 'NAS:/export/me')).toEqual([hostId('nas')]);
  expect(of('cifs', '//nas/share\\040of\\040me')).toEqual(['host:nas']);
  expect(of('fuse.sshfs', 'me@nas:')).toEqual(['host:nas']);
  expect(of('zfs', 'tank/home/me')).toEqual(['zfs:tank']);
  for (const [type, source] of [
    ['overlay', 'overlay'],
    ['9p', 'host'],
    ['virtiofs', 'share'],
    ['ext4', '/dev/none'],
  ] as const)
    expect(of(type, source)).toBeUndefined();
});

test('an image that is mounted lies on the disk of its file', () => {
  const sys = writeDevices({ loop0: { 'loop/backing_file': '/no/such/image\n' } });
  symlinkSync(join(sys, 'devices/loop0'), join(sys, 'dev/block', number));
  // The image lies where the device is the same again: nobody can tell, and nothing hangs.
  expect(disksOfPlace(place, { sys, proc: tempFolder() })).toBeUndefined();
});

test('a place that does not exist is on the disk of the folder above', () => {
  expect(disksOfPlace(join(place, 'a/b'))).toEqual(disksOfPlace(place));
});

test('numbers of devices are taken apart as the C library does', () => {
  expect(deviceName(0xfe00n)).toBe('254:0');
  expect(deviceName(0x8000001n)).toBe('0:32769');
  expect(deviceName(0x10105n)).toBe('257:5');
  expect(deviceName(0x10082cn)).toBe('8:300');
});
