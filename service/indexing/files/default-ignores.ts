const FOLDERS = new Set(
  [
    'node_modules bower_components jspm_packages',
    '__pycache__ .venv .tox .nox .eggs .mypy_cache .pytest_cache .ruff_cache .hypothesis .ipynb_checkpoints',
    '.gradle .dart_tool .terraform .direnv DerivedData',
    '.next .nuxt .svelte-kit .turbo .parcel-cache .angular .nyc_output',
    '.hg .svn .jj .idea .vs .data',
  ].flatMap((line) => line.split(' ')),
)

const FILES = new Set(
  [
    'package-lock.json npm-shrinkwrap.json yarn.lock pnpm-lock.yaml bun.lock',
    'Cargo.lock go.sum go.work.sum gradle.lockfile .terraform.lock.hcl flake.lock',
    'poetry.lock uv.lock pdm.lock Pipfile.lock Gemfile.lock composer.lock mix.lock pubspec.lock Podfile.lock',
    'packages.lock.json .DS_Store',
  ].flatMap((line) => line.split(' ')),
)

/** What nobody looks for: dependencies, caches, lock files. A rule such as `!node_modules/` brings it back. */
export function isIgnoredByDefault(name: string, isFolder: boolean): boolean {
  return (isFolder ? FOLDERS : FILES).has(name)
}
