// Not TypeScript, because the CLI would load it through its own compiler, which supports only CommonJS.
import './pack.ts'
