import { afterAll, beforeAll, expect, test } from 'vitest'
import { EVERY_REPOSITORY } from '../../../service/access/repository-scope.ts'
import type { SearchEngine } from '../../../service/search/contract.ts'
import { makeSearch } from '../../../service/search/search.ts'
import { temporaryFolders } from '../../fakes/temporary-folders.ts'
import { describeOnEachEngine, SILENT } from '../store/each-engine.ts'
import { indexFolder } from './indexed-folder.ts'

const use = (name: string) => `print(${name}, ${name})\n`.repeat(5)
const FILES = {
  // `Lift::raise` is short in the header, which therefore has more of the words that are asked for.
  'native/lift.hpp': 'class Lift {\n  void raise(int floors);\n  operator bool() const;\n};\nint lift_count(void);\n',
  'native/lift.cpp': `${'// Long ago somebody wrote this about shafts.\n'.repeat(9)}void Lift::raise(int floors) {
  move(floors);
}
Lift::operator bool() const { return true; }
int lift_count(void) {
  return 2;
}
`,
  'native/lift.h': 'int lift_door(int floor);\n',
  'deploy/values.yaml': 'lift:\n  limits:\n    most_floors: 7\n    floors: 3\n  LiftSpeed: 2\n  MOTOR_VOLTAGE: 380\n',
  'locale/en.json': '{\n  "lift": {\n    "outOfOrder": "Out of order"\n  }\n}\n',
  'app/a.py': `${use('config["most_floors"]')}${use('MOTOR_VOLTAGE')}${use('t("lift.outOfOrder")')}`,
  'app/speed.py': `class LiftSpeed:\n    pass\n`,
  'app/b.py': use('LiftSpeed') + use('lift_count') + use('lift_door'),
}

const makeFolder = temporaryFolders()

describeOnEachEngine('A name', (database) => {
  let search: SearchEngine
  beforeAll(async () => {
    await indexFolder(database(), 'lifts', makeFolder(), FILES)
    search = makeSearch({ database: database(), log: SILENT })
  })
  afterAll(() => search.close())

  const firstFor = async (query: string) =>
    (await search.search({ query, scope: EVERY_REPOSITORY, limit: 5, detail: 'snippets' })).results[0]?.path
  const places = async (name: string) => {
    const { definitions } = await search.symbols({ scope: EVERY_REPOSITORY, name, offset: 0, limit: 9 })
    return definitions.map(({ path, kind }) => `${kind} ${path}`)
  }

  test.each([
    ['Lift::raise', 'native/lift.cpp', 'a member is defined after its declaration in a class'],
    ['lift_count', 'native/lift.cpp', 'a function has a prototype'],
    ['lift_door', 'native/lift.h', 'a prototype is all that there is'],
    ['MOTOR_VOLTAGE', 'deploy/values.yaml', 'a key of settings is read by code'],
    ['most_floors', 'deploy/values.yaml', 'a nested key is read by code'],
    ['limits.floors', 'deploy/values.yaml', 'a single word is asked for with the key around it'],
    ['lift.outOfOrder', 'locale/en.json', 'a text is named by its keys'],
    ['LiftSpeed', 'app/speed.py', 'a class has the name of a key'],
  ])('%s is first found in %s, where %s', async (query, path) => {
    expect(await firstFor(query)).toBe(path)
  })

  test('is listed where it is defined before where it is declared or set', async () => {
    expect(await places('lift_count')).toEqual(['function native/lift.cpp', 'declaration native/lift.hpp'])
    expect(await places('LiftSpeed')).toEqual(['class app/speed.py', 'key deploy/values.yaml'])
    expect(await places('Lift::operator bool')).toContain('function native/lift.cpp')
    expect(await places('lift.limits.floors')).toEqual(['key deploy/values.yaml'])
    expect(await places('floors')).toEqual([])
  })

  test('of a key is not in the outline of its file', async () => {
    const scope = EVERY_REPOSITORY
    const { definitions } = await search.outline({ scope, repository: 'lifts', path: 'deploy/values.yaml' })
    expect(definitions.map(({ symbol }) => symbol)).toEqual(['lift', 'limits'])
  })
})
