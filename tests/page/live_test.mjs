// The live page of `heddle explore` in Chromium: events are chosen to a violation, undone, saved,
// checked for; nothing is asked of anybody but the server, and errors are told in the page.
//
// run.py gives the command (HEDDLE_COMMAND), a folder (HEDDLE_PAGES), where npm put playwright-core
// (HEDDLE_NODE_MODULES) and the browser (HEDDLE_CHROMIUM).
import assert from 'node:assert/strict';
import {execFileSync, spawn} from 'node:child_process';
import fs from 'node:fs';
import {createRequire} from 'node:module';
import path from 'node:path';
import {after, before, test} from 'node:test';

const folder = process.env.HEDDLE_PAGES;
const {chromium} =
    createRequire(path.join(process.env.HEDDLE_NODE_MODULES, 'x.js'))('playwright-core');

let browser;
before(async () => {
  browser = await chromium.launch({
    executablePath: process.env.HEDDLE_CHROMIUM,
    args: ['--no-sandbox'],
  });
});
after(() => browser.close());

/** `heddle explore` and the address that it prints. */
async function served(words) {
  const server = spawn(process.env.HEDDLE_COMMAND, ['explore', ...words]);
  let said = '';
  const url = await new Promise((resolve, reject) => {
    const read = (bytes) => {
      said += bytes;
      const found = /http:\S+\n/.exec(said);
      if (found) {
        resolve(found[0].trim());
      }
    };
    server.stdout.on('data', read);
    server.stderr.on('data', read);
    server.on('exit', () => reject(new Error(said)));
  });
  const ended = new Promise((resolve) => {
    server.on('exit', resolve);
  });
  return {
    url,
    end: () => {
      server.kill('SIGINT');
      return ended;
    },
  };
}

/**
 * Opens the page, runs `body`, and then demands that it said nothing, asked nobody else, and that
 * the server ends with 0.
 */
async function opened(words, options, body) {
  const server = await served(words);
  const context = await browser.newContext({
    viewport: {width: 1440, height: 900},
    permissions: ['clipboard-read', 'clipboard-write'],
    ...options,
  });
  const page = await context.newPage();
  const said = [];
  const foreign = [];
  const refused = options.refused || 0;
  page.on('console', (message) => said.push(message.text()));
  page.on('pageerror', (error) => said.push(String(error.stack)));
  page.on('dialog', (dialog) => said.push(`dialog: ${dialog.message()}`));
  page.on('request', (request) => {
    if (!request.url().startsWith(server.url) && !/^(data|blob):/.test(request.url())) {
      foreign.push(request.url());
    }
  });
  try {
    await page.goto(server.url + (options.hash || ''));
    await page.locator('.next, .wrong').first().waitFor();
    await body(page, server, context);
    // The browser tells of answers that are errors; the page shows them.
    const others = said.filter((text) => !/status of 422/.test(text));
    assert.deepEqual(others, []);
    assert.equal(said.length, refused);
    assert.deepEqual(foreign, []);
  } finally {
    await context.close();
    assert.equal(await server.end(), 0);
  }
}

const where = (page, text) => page.waitForFunction(
    (wanted) => document.querySelector('.where')?.textContent === wanted, text);
const schedule = (page) => page.evaluate(() => heddlePage.model.doc.schedule);
const property = (page, name) =>
    page.locator('.properties li', {hasText: name}).first().innerText();

const kFailing = ['start alice#1', 'start bob#1', 'start bank>ledger', 'start bank>ledger',
                  'deliver alice#1/1', 'deliver bob#1/1'];

test('Events are chosen until a property fails, and taken back', () =>
    opened(['withdraw/buggy'], {}, async (page) => {
      assert.match(await page.innerText('.verdict'), /LIVE/);
      assert.match(await page.innerText('.next'), /What happens first\?/);
      for (const [k, event] of kFailing.entries()) {
        assert.match(await property(page, 'atomic(bank.balance)'), /✓ .* holds/);
        await page.locator('.next').getByRole('button', {name: event, exact: true}).first().click();
        await where(page, `step ${k + 1} of ${k + 1}`);
      }
      assert.deepEqual(await schedule(page), kFailing);
      assert.match(await page.innerText('.verdict'), /VIOLATED/);
      assert.match(await property(page, 'atomic(bank.balance)'), /✗ .* violated\s+stale write/);
      assert.match(await page.innerText('.next'), /Nothing can happen after step 6/);
      await page.getByRole('button', {name: 'Undo (u)'}).click();
      await where(page, 'step 5 of 5');
      assert.match(await page.innerText('.verdict'), /LIVE/);
      assert.match(await property(page, 'atomic(bank.balance)'), /✓ .* holds/);
      await page.getByRole('button', {name: 'Redo (U)'}).click();
      await where(page, 'step 6 of 6');
      assert.match(await page.innerText('.verdict'), /VIOLATED/);
    }));

test('Properties are shown as they are at the chosen step', () =>
    opened(['withdraw/buggy', '--schedule', kFailing.join(';')], {}, async (page) => {
      await where(page, 'step 6 of 6');
      await page.keyboard.press('Home');
      assert.match(await property(page, 'atomic(bank.balance)'), /✓ .* holds violated after step 6/);
      assert.match(await property(page, 'no deadlock'), /○ .* judged when nothing is left/);
      await page.getByRole('button', {name: 'violated after step 6'}).click();
      await where(page, 'step 6 of 6');
      assert.match(await property(page, 'no deadlock'), /✓ .* holds/);
    }));

test('What decides and the schedule that passes follow a moment later', () =>
    opened(['withdraw/buggy', '--schedule', kFailing.join(';')], {}, async (page) => {
      await page.getByText('Show the schedule that passes beside it').click();
      await page.locator('.comparison').waitFor();
      assert.ok(await page.locator('.deciding-line').count() > 0);
    }));

test('Another event is chosen at any step, alone or with what followed', () =>
    opened(['withdraw/buggy', '--schedule', kFailing.join(';')], {}, async (page) => {
      await where(page, 'step 6 of 6');
      await page.keyboard.press('Home');
      await page.keyboard.press('j');
      await page.keyboard.press('j');
      const alternatives = page.getByLabel('Alternatives at this step');
      await alternatives.getByRole('button', {name: 'start bank>ledger', exact: true}).click();
      await where(page, 'step 2 of 2');
      assert.deepEqual(await schedule(page), ['start alice#1', 'start bank>ledger']);
      await page.keyboard.press('u');
      await where(page, 'step 2 of 6');
      await alternatives.getByRole('button', {name: /can still pass/}).click();
      await where(page, 'step 6 of 6');
      const went = await schedule(page);
      assert.deepEqual(went.slice(0, 3), ['start alice#1', 'start bank>ledger', 'start bob#1']);
      assert.match(await page.innerText('.verdict'), /VIOLATED/);
    }));

test('Keys choose what happens next, go to the end, and take back', () =>
    opened(['withdraw/buggy'], {}, async (page) => {
      await page.keyboard.press('2');
      await where(page, 'step 1 of 1');
      assert.deepEqual(await schedule(page), ['start bob#1']);
      await page.keyboard.press('e');
      await where(page, 'step 6 of 6');
      await page.keyboard.press('Backspace');
      await where(page, 'step 5 of 5');
      await page.keyboard.press('u');
      await where(page, 'step 6 of 6');
      await page.keyboard.press('?');
      assert.match(await page.innerText('dialog'), /the first to ninth event that can happen next/);
    }));

test('A counterexample is found by a check, and undone', () =>
    opened(['withdraw/buggy'], {}, async (page) => {
      await page.keyboard.press('2');
      await where(page, 'step 1 of 1');
      await page.getByText('Find a counterexample').click();
      await page.locator('.checked').waitFor();
      await where(page, 'step 6 of 6');
      assert.match(await page.innerText('.checked'), /This is the counterexample/);
      assert.match(await page.innerText('.checked'), /VIOLATED withdraw\/buggy: atomic\(bank\.balance\)/);
      assert.match(await page.innerText('.race'), /stale write/);
      await page.keyboard.press('u');
      await where(page, 'step 1 of 1');
      assert.deepEqual(await schedule(page), ['start bob#1']);
    }));

test('A check that verifies offers a schedule for each outcome', () =>
    opened(['counter/any_order'], {}, async (page) => {
      await page.getByText('Find a counterexample').click();
      await page.locator('.checked').waitFor();
      assert.match(await page.innerText('.checked'), /VERIFIED/);
      assert.equal(await schedule(page).then((events) => events.length), 0);
      await page.locator('.checked .alternatives button').first().click();
      await page.getByText('Nothing can happen after step').waitFor();
    }));

test('A search without an end is stopped', () =>
    opened(['counter/any_order', '--strategy', 'random', '--schedules', '4000000000'], {},
           async (page) => {
             await page.getByText('Find a counterexample').click();
             await page.getByText('Exploring every schedule').waitFor();
             await page.keyboard.press('1');
             await where(page, 'step 1 of 1');
             await page.getByRole('button', {name: 'Stop'}).click();
             await page.locator('.checked').waitFor();
             assert.match(await page.innerText('.checked'), /INCOMPLETE/);
           }));

test('A link shows what it showed, in another window too', () =>
    opened(['withdraw/buggy'], {}, async (page, server, context) => {
      await page.keyboard.press('1');
      await where(page, 'step 1 of 1');
      assert.match(await page.innerText('.next'), /start bank>ledger\s+alice#1\/1 pay\(60\)/);
      await page.keyboard.press('2');
      await where(page, 'step 2 of 2');
      await page.keyboard.press('k');
      const other = await context.newPage();
      await other.goto(page.url());
      await where(other, 'step 1 of 2');
      assert.deepEqual(await schedule(other), ['start alice#1', 'start bank>ledger']);
      await other.keyboard.press('1');
      await where(other, 'step 3 of 3');
      assert.deepEqual(await schedule(page), ['start alice#1', 'start bank>ledger']);
      await other.reload();
      await where(other, 'step 3 of 3');
      await other.goBack();
      await where(other, 'step 1 of 2');
    }));

test('The schedule is saved, downloaded and replayed', () => {
  const file = path.join(folder, 'saved.json');
  fs.rmSync(file, {force: true});
  return opened(['withdraw/buggy', '--save', file], {}, async (page) => {
    await page.keyboard.press('1');
    await where(page, 'step 1 of 1');
    await page.keyboard.press('e');
    await where(page, 'step 6 of 6');
    await page.locator('summary', {hasText: 'Save'}).click();
    await page.getByRole('button', {name: `Save it as ${file}`}).click();
    await page.getByText(`saved as ${file}`).waitFor();
    const saved = JSON.parse(fs.readFileSync(file, 'utf8'));
    assert.deepEqual(saved.schedule, await schedule(page));
    const download = page.waitForEvent('download');
    await page.getByRole('button', {name: 'Download this trace'}).click();
    const loaded = await download;
    assert.equal(loaded.suggestedFilename(), 'withdraw_buggy.json');
    const again = path.join(folder, 'downloaded.json');
    await loaded.saveAs(again);
    for (const trace of [file, again]) {
      assert.throws(() => execFileSync(process.env.HEDDLE_COMMAND, ['replay', trace], {encoding: 'utf8'}),
                    (failed) => failed.status === 1 && /atomic\(bank\.balance\)/.test(failed.stdout));
    }
  });
});

test('A stored trace is where the page begins', () => {
  const file = path.join(folder, 'begin.json');
  try {
    execFileSync(process.env.HEDDLE_COMMAND,
                 ['check', 'token_swap/buggy', '--no-checkpoint', '--no-regressions', '--trace', file]);
  } catch {
    // It is violated.
  }
  return opened([file], {}, async (page) => {
    assert.deepEqual(await schedule(page), JSON.parse(fs.readFileSync(file, 'utf8')).schedule);
    assert.match(await page.innerText('.verdict'), /VIOLATED/);
  });
});

test('Exports are copied', () =>
    opened(['withdraw/buggy', '--schedule', kFailing.join(';')], {}, async (page) => {
      await page.getByText('Copy').click();
      await page.getByRole('button', {name: /^mermaid: /}).click();
      await page.getByText('copied').waitFor();
      assert.match(await page.evaluate(() => navigator.clipboard.readText()), /^sequenceDiagram\n/);
    }));

test('A compiled canister is explored, too, and how it ends where nothing fails', () =>
    opened(['examples/real/raffle/buggy.toml'], {}, async (page) => {
      await page.keyboard.press('1');
      await where(page, 'step 1 of 1');
      await page.getByText('Find a counterexample').click();
      await page.getByText('This is the counterexample').waitFor();
      assert.match(await page.innerText('.verdict'), /VIOLATED/);
      const failing = await schedule(page);
      await page.getByRole('button', {name: 'winner: opt 1'}).click();
      await page.getByRole('button', {name: 'Go to the counterexample'}).click();
      await page.getByText('This is the counterexample').waitFor();
      assert.deepEqual(await schedule(page), failing);
    }));

test('An event that is not possible is told in the page', () =>
    opened(['withdraw/buggy'], {hash: '#path=deliver+alice%231%2F1', refused: 1}, async (page) => {
      assert.match(await page.innerText('.wrong'), /That did not work/);
      await page.goto(page.url().replace(/#.*/, '#path='));
      await page.reload();
      await page.locator('.next').waitFor();
    }));

test('An ended server is told in the page', async () => {
  const server = await served(['withdraw/buggy']);
  const page = await browser.newPage();
  try {
    await page.goto(server.url);
    await page.locator('.next').waitFor();
  } finally {
    assert.equal(await server.end(), 0);
  }
  await page.keyboard.press('1');
  await page.getByText('has heddle explore ended?').waitFor();
  assert.equal(await page.textContent('.where'), 'step 0 of 0');
  await page.close();
});

test('Another page cannot ask', async () => {
  const server = await served(['withdraw/buggy']);
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    const from = path.join(folder, 'foreign.html');
    fs.writeFileSync(from, '<!doctype html><title>foreign</title>');
    await page.goto(`file://${from}`);
    const read = await page.evaluate(async (url) => {
      const tried = [];
      for (const options of [{}, {method: 'POST', body: '{}'}, {mode: 'no-cors'}]) {
        tried.push(await fetch(url, options).then((answer) => `${answer.type} ${answer.status}`,
                                                  () => 'refused'));
      }
      return tried;
    }, server.url);
    assert.deepEqual(read, ['refused', 'refused', 'refused']);
    await page.evaluate((url) => new Promise((resolve) => {
      const frame = document.createElement('iframe');
      frame.src = url;
      frame.onload = resolve;
      document.body.append(frame);
    }), server.url);
    const framed = page.frames().find((frame) => frame !== page.mainFrame());
    assert.ok(!framed.url().startsWith(server.url), framed.url());
  } finally {
    await context.close();
    assert.equal(await server.end(), 0);
  }
});

for (const theme of ['light', 'dark']) {
  test(`Screenshots in the ${theme}`, () =>
      opened(['withdraw/buggy'], {colorScheme: theme}, async (page) => {
        await page.screenshot({path: path.join(folder, `live-begin-${theme}.png`)});
        await page.keyboard.press('1');
        await where(page, 'step 1 of 1');
        await page.screenshot({path: path.join(folder, `live-step-${theme}.png`)});
        await page.getByText('Find a counterexample').click();
        await page.locator('.checked').waitFor();
        await page.screenshot({path: path.join(folder, `live-check-${theme}.png`)});
      }));
}
