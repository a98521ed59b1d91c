// Compiles the Motoko canisters of this folder: <story>/<Name>.mo becomes <story>/<Name>.wasm beside it.
//
//   node examples/real/compile.mjs --work DIR [<story>/<Name>...]   compile all of them, or those that are named
//   ... --folder tests/suite/canisters                              those of another folder, <Name>.mo
//   ... --compare                                                   write nothing, compare with what is there
//
// The compiler is the npm package `motoko` of package-lock.json. npm installs it into DIR, which lies outside of the source
// tree; exit code 77 says that it could not be installed, and that nothing was compared.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const kHere = dirname(fileURLToPath(import.meta.url));
const kLock = join(kHere, 'package-lock.json');
const kNotInstalled = 77;

// How, by the end of the output's name. The flags are those of the package; moc has the same as --legacy-persistence,
// --copying-gc and --force-gc.
const kVariants = {
  '.wasm': [],
  '-classic.wasm': ['classicOP'],
  '-classic-copying.wasm': ['classicOP', 'copying', 'force'],
};
const kMoreVariants = {
  'counter/Counter': ['-classic.wasm', '-classic-copying.wasm'],
  'kv/Kv': ['-classic.wasm', '-classic-copying.wasm'],
  'parallel_calls/Callee': ['-classic.wasm', '-classic-copying.wasm'],
  'parallel_calls/Caller': ['-classic.wasm', '-classic-copying.wasm'],
  'Shapes': ['-classic.wasm'],
};

// Metadata that anybody may read, as canisters are usually deployed.
const kPublicMetadata = ['candid:service', 'candid:args'];

const { values: options, positionals: named } = parseArgs({
  options: {
    work: { type: 'string' },
    folder: { type: 'string', default: kHere },
    compare: { type: 'boolean', default: false },
  },
  allowPositionals: true,
});
if (options.work === undefined) {
  console.error('usage: node compile.mjs --work DIR [--folder DIR] [--compare] [<story>/<Name>...]');
  process.exit(64);
}
const kFolder = resolve(options.folder);

// What was compiled of what: for each .wasm the hash of its source and of itself. A test reads it where there is no Node.
const kCompiled = join(kFolder, 'compiled.json');

function canisters() {
  return readdirSync(kFolder, { withFileTypes: true })
    .flatMap((entry) => (entry.isDirectory()
      ? readdirSync(join(kFolder, entry.name)).map((file) => `${entry.name}/${file}`)
      : [entry.name]))
    .filter((file) => file.endsWith('.mo'))
    .map((file) => file.slice(0, -'.mo'.length))
    .sort();
}

// What there is to make of a canister: {source, output, flags}.
function outputs(canister) {
  return ['.wasm', ...(kMoreVariants[canister] ?? [])]
    .map((ending) => ({ source: `${canister}.mo`, output: `${canister}${ending}`, flags: kVariants[ending] }));
}

function read(file) {
  return existsSync(join(kFolder, file)) ? readFileSync(join(kFolder, file)) : Buffer.alloc(0);
}

function hash(content) {
  return createHash('sha256').update(content).digest('hex');
}

// Installs the package into `work` unless it is there; the way to load modules from there.
function install(work) {
  const installed = join(work, 'installed-package-lock.json');
  if (!existsSync(installed) || !readFileSync(installed).equals(readFileSync(kLock))) {
    mkdirSync(work, { recursive: true });
    for (const file of ['package.json', 'package-lock.json']) {
      copyFileSync(join(kHere, file), join(work, file));
    }
    const npm = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'],
      { cwd: work, encoding: 'utf8', timeout: 120_000 });
    if (npm.status !== 0) {
      console.log(npm.error ? String(npm.error) : npm.stderr.trim());
      console.log('npm could not install the Motoko compiler: the committed canisters are used as they are');
      process.exit(kNotInstalled);
    }
    copyFileSync(kLock, installed);
  }
  return createRequire(join(resolve(work), 'package.json'));
}

// A compiler that has compiled nothing yet: names and numbers that it gives out depend on what it compiled before.
function newCompiler(require) {
  for (const module of Object.keys(require.cache)) {
    delete require.cache[module];
  }
  process.removeAllListeners('uncaughtException');  // each compiler adds one
  const motoko = require('motoko');
  motoko.loadPackage(JSON.parse(readFileSync(require.resolve('motoko/packages/latest/core.json'))));
  motoko.setPublicMetadata(kPublicMetadata);
  return motoko;
}

function compile(require, { source, flags }) {
  const motoko = newCompiler(require);
  flags.forEach((flag) => motoko.compiler.gcFlags(flag));
  motoko.write(source, readFileSync(join(kFolder, source), 'utf8'));
  // Not motoko.wasm(), which keeps warnings to itself.
  const { diagnostics, code } = motoko.compiler.compileWasm('ic', source);
  for (const { range, code: number, message } of diagnostics) {
    console.log(`${source}:${range.start.line + 1}:${range.start.character + 1}: ${message} [${number}]`);
  }
  if (diagnostics.length > 0) {
    console.log(`${source} is to compile without errors and warnings`);
    process.exit(1);
  }
  return Buffer.from(code.wasm);
}

function compileInto(require, job) {
  const wasm = compile(require, job);
  writeFileSync(join(kFolder, job.output), wasm);
  const compiled = existsSync(kCompiled) ? JSON.parse(readFileSync(kCompiled, 'utf8')) : {};
  compiled[job.output] = { source: hash(read(job.source)), wasm: hash(wasm) };
  writeFileSync(kCompiled, `${JSON.stringify(compiled, Object.keys(compiled).sort().concat('source', 'wasm'), 2)}\n`);
  console.log(`${job.output}: ${wasm.length} bytes`);
}

const require = install(options.work);
for (const job of (named.length > 0 ? named : canisters()).flatMap(outputs)) {
  if (!options.compare) {
    compileInto(require, job);
  } else if (!compile(require, job).equals(read(job.output))) {
    console.log(`${join(relative('.', kFolder), job.output)} is not what its source compiles to: compile it again`);
    process.exitCode = 1;
  }
}
