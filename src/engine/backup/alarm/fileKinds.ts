/** What is known of files by their names alone, as far as an alarm depends on it. */

/** Folders that a program fills, and fills again after somebody emptied them. */
const routineFolders: ReadonlySet<string> = new Set(
  (
    '.git .hg .svn node_modules bower_components jspm_packages .yarn .pnpm-store .npm .cache .parcel-cache .turbo .next .nuxt ' +
    '.output .svelte-kit .astro .angular .vite .nyc_output coverage htmlcov __pycache__ .venv venv .tox .nox .eggs .mypy_cache ' +
    '.pytest_cache .ruff_cache .ipynb_checkpoints .gradle .m2 .dart_tool .terraform .stack-work dist-newstyle elm-stuff ' +
    'DerivedData Pods Carthage CMakeFiles obj target dist build _build out vendor tmp temp .tmp .temp storybook-static'
  ).split(' '),
);

/** Whether what is in a folder of this name comes and goes by programs: git's own, packages, what builds make. */
export function isRoutineFolder(name: string): boolean {
  return routineFolders.has(name) || name.startsWith('cmake-build-');
}

/** Whether a path, its last name not counted, leads through such a folder. */
export function isInRoutineFolder(path: string): boolean {
  return path.split('/').slice(0, -1).some(isRoutineFolder);
}

/** Endings of what is compressed or encrypted by its nature, and of copies that people and programs make on purpose. */
const denseEndings: ReadonlySet<string> = new Set(
  // archives and packages
  (
    'zip gz tgz bz2 tbz xz txz zst lz lz4 lzma lzo br 7z rar cab arj z ace jar war ear aar apk aab ipa xapk whl egg gem nupkg crate ' +
    'deb rpm msi msix appx dmg pkg iso img vhdx qcow2 vsix crx xpi snap flatpak asar pack idx squashfs sfs wim cpio ' +
    // pictures, sound, films
    'jpg jpeg jpe jfif jxl jp2 png apng gif webp avif heic heif ico icns tif tiff psd psb ai eps kra xcf clip procreate sketch fig ' +
    'dng cr2 cr3 nef arw orf rw2 raf raw mp3 m4a m4b aac ogg oga opus flac wma ape mp4 m4v mkv webm mov avi wmv flv mpg mpeg m2ts ' +
    'mts 3gp ogv vob braw ' +
    // documents and fonts that are archives
    'docx docm dotx xlsx xlsm xlsb xltx pptx pptm potx odt ods odp odg ott pdf epub mobi azw3 pages numbers key vsdx one woff woff2 ' +
    'kmz sb3 mscz ' +
    // encrypted on purpose
    'gpg pgp asc age enc kdbx kdb p12 pfx jks keystore hc tc luks ' +
    // numbers by programs
    'parquet orc avro feather arrow npz npy h5 hdf5 mat pt pth ckpt safetensors gguf ggml onnx tflite pb bin dat rdb mdb idb pkl ' +
    'joblib rds rda rdata sas7bdat las laz glb ktx ktx2 basis dds uasset umap upk pak bundle unitypackage assetbundle wad vpk bsa ' +
    // data of programs
    'db sqlite sqlite3 wal shm ldb sst ibd frm myd myi wt dbf lmdb tdb leveldb realm rocksdb cache blob class pyc pyo o a so ' +
    // copies
    'bak old orig tmp temp part partial crdownload download swp save backup copy off disabled'
  ).split(' '),
);

/** In lower case, without the dot; empty if there is none. */
export function endingOf(path: string): string {
  const name = path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
  const dot = name.lastIndexOf('.');
  return dot < 0 ? '' : name.slice(dot + 1).toLowerCase();
}

/** Whether nobody wonders that a file of this ending is full of noise. */
export function isDenseEnding(ending: string): boolean {
  return denseEndings.has(ending) || /^\d*$/.test(ending);
}

/** Endings of what people write. */
const textEndings: ReadonlySet<string> = new Set(
  (
    'txt md rst tex ts csv tsv json jsonc json5 yaml yml toml ini cfg conf env xml html htm css scss sass less svg js mjs cjs jsx mts ' +
    'cts tsx vue svelte py rb php pl lua sh bash zsh fish ps1 bat c h cc cpp cxx hpp hh cs fs vb java kt kts scala groovy go rs ' +
    'swift m mm dart r jl hs ml ex exs erl clj sql graphql proto tf ipynb bib srt'
  ).split(' '),
);

/** Whether a file of this ending is text. */
export function isTextEnding(ending: string): boolean {
  return textEndings.has(ending);
}
