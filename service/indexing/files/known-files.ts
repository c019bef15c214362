import type { SkipReason } from '../analysis.ts'

const BINARY = new Set(
  [
    'png jpg jpeg gif bmp ico icns webp avif heic tif tiff psd ai eps xcf sketch fig',
    'mp3 mp4 m4a m4v wav flac ogg oga ogv opus avi mov mkv webm wmv aac mid midi',
    'zip gz tgz bz2 tbz xz txz zst lz lz4 7z rar tar jar war ear whl egg gem nupkg crx xpi deb rpm apk aab ipa dmg iso img',
    'exe dll so dylib a lib o obj ko pdb class pyc pyo pyd wasm node bin dat elf hex rlib rmeta',
    'ttf otf woff woff2 eot pfb',
    'pdf doc docx xls xlsx ppt pptx odt ods odp epub mobi',
    'db sqlite sqlite3 mdb parquet arrow feather avro orc h5 hdf5 npy npz pkl pickle joblib pt pth onnx tflite safetensors gguf ckpt',
    'der gpg',
    'glb fbx blend stl 3ds dwg swf',
  ].flatMap((line) => line.split(' ')),
)
const GENERATED = /\.min\.(?:js|css|mjs)$|\.(?:js|css|mjs|cjs|ts)\.map$/

/** Returns why a file need not be opened, by its name, or undefined if it may be worth indexing. */
export function skipByName(name: string): SkipReason | undefined {
  const lower = name.toLowerCase()
  if (GENERATED.test(lower)) return 'minified'
  const dot = lower.lastIndexOf('.')
  return dot > 0 && BINARY.has(lower.slice(dot + 1)) ? 'binary' : undefined
}
