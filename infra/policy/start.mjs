// Not TypeScript itself: the CLI requires what is here through a compiler of its own, which knows only CommonJS.
import './pack.ts'
