// The page of HTML traces in Chromium: that it opens, draws what the document says, steps, searches,
// filters, follows its links, and asks for nothing but itself.
//
// run.py gives the folder of exported pages (HEDDLE_PAGES), where npm put playwright-core
// (HEDDLE_NODE_MODULES) and the browser (HEDDLE_CHROMIUM).
import assert from 'node:assert/strict';
import fs from 'node:fs';
import {createRequire} from 'node:module';
import path from 'node:path';
import {after, before, test} from 'node:test';

const pages = process.env.HEDDLE_PAGES;
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

const kDocument = /(<script type="application\/json" id="trace">)(.*?)(<\/script>)/s;

const fileOf = (name) => path.join(pages, `${name}.html`);

function documentOf(name) {
  return JSON.parse(kDocument.exec(fs.readFileSync(fileOf(name), 'utf8'))[2]);
}

/** The page of another document: what `change` makes of that of `name`. */
function written(name, as, change) {
  const changed = JSON.stringify(change(documentOf(name))).replaceAll('<', '\\u003c');
  const page = fs.readFileSync(fileOf(name), 'utf8');
  fs.writeFileSync(
      fileOf(as), page.replace(kDocument, (_, begin, __, end) => begin + changed + end));
  return as;
}

/** Six steps again and again, under other names, until there are `count`. */
function repeated(doc, count) {
  const all = {...doc, steps: [], schedule: [], calls: [], users: [], races: []};
  for (let round = 0; all.steps.length < count; ++round) {
    const renamed = (value) => JSON.parse(JSON.stringify(value)
                                              .replaceAll('alice', `alice${round}`)
                                              .replaceAll('bob', `bob${round}`));
    all.users.push(...renamed(doc.users));
    all.calls.push(...renamed(doc.calls));
    for (const step of renamed(doc.steps)) {
      if (all.steps.length < count) {
        all.steps.push({...step, number: all.steps.length + 1});
        all.schedule.push(step.event);
      }
    }
  }
  all.property.step = count;
  return all;
}

/** Opens the page, runs `body`, and then demands that it said nothing and asked for nothing. */
async function opened(name, options, body) {
  const context = await browser.newContext({viewport: {width: 1440, height: 900}, ...options});
  const page = await context.newPage();
  const said = [];
  const asked = [];
  page.on('console', (message) => said.push(message.text()));
  page.on('pageerror', (error) => said.push(String(error.stack)));
  page.on('dialog', (dialog) => said.push(`dialog: ${dialog.message()}`));
  page.on('request', (request) => asked.push(request.url().replace(/#.*/, '')));
  const url = `file://${fileOf(name)}`;
  try {
    await page.goto(url + (options?.hash || ''));
    await body(page, context);
    assert.deepEqual(said, []);
    assert.deepEqual([...new Set(asked)], [url]);
  } finally {
    await context.close();
  }
}

const chosen = (page) => page.textContent('.where');
const textOf = (page, selector) => page.locator(selector).first().innerText();

test('The property, the race, its calls, the await and a remedy are in sight at once', () =>
    opened('withdraw', {}, async (page) => {
      assert.match(await textOf(page, '.verdict'), /VIOLATED/);
      assert.match(await textOf(page, 'h1'), /atomic\(bank\.balance\).*withdraw\/buggy/);
      assert.match(await textOf(page, '.why'), /stale write/);
      assert.match(await textOf(page, '.why'), /at first\s+after step 5\s+after step 6\s+bank\.balance\s+100\s+40\s+70/);
      const race = await textOf(page, '.race');
      for (const word of ['bank.balance', 'bob#1', 'alice#1', 'awaits ledger.pay', 'To mend it',
                          'bank.h:40', 'bank.h:44', 'balance: 40 → 70']) {
        assert.ok(race.includes(word), `${word} is missing in ${race}`);
      }
      assert.ok(await page.locator('.race').evaluate(
          (card) => card.getBoundingClientRect().bottom < innerHeight));
      assert.equal(await chosen(page), 'step 6 of 6');
    }));

test('What was left out and what is needed is said, and not where nothing was tried', async () => {
  const smaller = written('withdraw', 'smaller', (doc) => ({
    ...doc,
    settings: {'--without': 'carol'},
    tried: [
      {kind: 'user', came: 'left-out', what: 'user carol: get()'},
      {kind: 'user', came: 'needed', what: 'user alice: withdraw(60) <b>'},
    ],
  }));
  await opened(smaller, {}, async (page) => {
    const left = await textOf(page, '[aria-label="Left out, and it still fails"]');
    assert.match(left, /user carol: get\(\)/);
    const needed = await textOf(page, '[aria-label^="Needed: without any one"]');
    assert.match(needed, /user alice: withdraw\(60\) <b>/);
    assert.match(await textOf(page, '.facts'), /--without carol/);
  });
  await opened('withdraw', {}, async (page) => {
    assert.equal(await page.locator('[aria-label^="Left out"]').count(), 0);
  });
});

test('Arrows lead from the row of the send to the row of the delivery', () =>
    opened('withdraw', {}, async (page) => {
      const drawn = await page.evaluate(() => {
        const rowAt = (y) => [...document.querySelectorAll('.step')].find((row) => {
          const top = parseFloat(row.style.top);
          return y > top && y < top + parseFloat(row.style.height);
        })?.id;
        return [...document.querySelectorAll('.drawing path[data-from]')].map((arrow) => {
          const numbers = arrow.getAttribute('d').match(/-?[\d.]+/g).map(Number);
          const begin = arrow.getPointAtLength(0);
          const end = arrow.getPointAtLength(arrow.getTotalLength());
          return {kind: arrow.classList[1], from: rowAt(begin.y), to: rowAt(end.y), numbers};
        });
      });
      const told = drawn.map(({kind, from, to}) => `${kind} ${from} ${to}`).sort();
      assert.deepEqual(told, [
        'reply step-3 step-5', 'reply step-4 step-6', 'reply step-5 step-5', 'reply step-6 step-6',
        'request step-1 step-1', 'request step-1 step-3', 'request step-2 step-2',
        'request step-2 step-4',
      ]);
    }));

test('The bracket joins the read, the intruder and the write at their lines', () =>
    opened('withdraw', {}, async (page) => {
      const rows = await page.evaluate(() => {
        const boxes = [...document.querySelectorAll('.step')].map(
            (row) => ({id: row.id, box: row.getBoundingClientRect()}));
        return [...document.querySelectorAll('.moment-letter')].map((letter) => {
          const y = letter.previousElementSibling.getBoundingClientRect().y + 8;
          return letter.textContent + boxes.find(({box}) => y > box.top && y < box.bottom)?.id;
        });
      });
      assert.deepEqual(rows, ['astep-2', 'bstep-5', 'cstep-6']);
      assert.match(await textOf(page, '#step-2 .line:has(.mark)'), /looks at balance: 100\s*a/);
    }));

test('A suspended call is hatched from its await to its resumption, and says for what', () =>
    opened('withdraw', {}, async (page) => {
      const spans = await page.evaluate(
          () => [...document.querySelectorAll('.span')].map((span) => ({
            title: span.textContent,
            fill: span.getAttribute('fill'),
            top: +span.getAttribute('y'),
            bottom: +span.getAttribute('y') + +span.getAttribute('height'),
          })));
      const tops = await page.evaluate(() => [1, 5].map(
          (i) => parseFloat(document.getElementById(`step-${i}`).style.top)));
      assert.equal(spans.length, 2);
      assert.match(spans[0].title, /alice#1 awaits ledger\.pay/);
      assert.match(spans[0].fill, /^url\(#hatch-/);
      assert.ok(spans[0].top > tops[0] && Math.abs(spans[0].bottom - tops[1]) < 4);
      assert.notEqual(spans[0].fill, spans[1].fill);
      assert.equal(await page.locator('.span-label').count(), 2);
      assert.equal(await page.locator('.commit').count(), 6);
    }));

test('Traps show what is rolled back and what stays', () =>
    opened('trap', {}, async (page) => {
      assert.equal(await page.locator('.rollback').count(), 1);
      assert.equal(await page.locator('.piece.undone').count(), 1);
      assert.match(await textOf(page, '.summary'), /What it committed before stays:\s*bank\.busy: false → true/);
    }));

test('A rejected half of a swap is told, its reject dashed and with its code', () =>
    opened('swap', {}, async (page) => {
      assert.match(await textOf(page, '.summary'), /Half done: bob#1/);
      const reject = page.locator('.arrow.reject[data-from]').first();
      assert.notEqual(await reject.evaluate((arrow) => getComputedStyle(arrow).strokeDasharray), 'none');
      assert.match(await page.textContent('.drawing .code'), /CANISTER_REJECT/);
      assert.ok(await page.locator('.undelivered').count() > 0);
    }));

test('What met is told of a compiled canister of whose reads nothing is known', () =>
    opened('raffle', {}, async (page) => {
      const race = await textOf(page, '.race.derived');
      assert.match(race, /winners_named\(\) was changed from 0 to 1 by alice#2 \(step 7\) while bob#2/);
      assert.match(race, /no race was computed/);
    }));

test('What two calls looked at before either changed it is told, with a remedy', () =>
    opened('vault', {}, async (page) => {
      const race = await textOf(page, '.race.derived');
      assert.match(race, /vault\.state: looked at by both, changed by neither/);
      assert.match(race, /alice#1 looked at vault\.state = \{.*credit = 100\} \(step 1\).*alice#2 found the same value \(step 2\)/);
      assert.match(race, /To mend it: change it before the await, and give it back/);
      assert.match(await textOf(page, '#step-2 .line:has(.mark)'), /looks at state: .*100.*b/s);
      assert.equal(await page.locator('.unanswered').count(), 0);
    }));

test('What only one call looked at, or what was changed before the other looked, is not told so', () => {
  const told = (name, change) => opened(written('vault', name, (doc) => {
    change(doc.steps);
    return doc;
  }), {}, async (page) => {
    assert.ok(!(await textOf(page, '.summary')).includes('looked at by both'));
  });
  return told('vault_changed', (steps) => {
    steps[0].diffs = [{canister: 'vault', variable: 'state', before: '{credit = 100}', after: '{credit = 40}'}];
  }).then(() => told('vault_other', (steps) => {
    steps[1].accesses[0].value = '{credit = 40}';
  }));
});

test('A call that is never answered is told, with what it awaits and where that was lost', () =>
    opened('deferred', {}, async (page) => {
      const card = await textOf(page, '.unanswered');
      assert.match(card, /^Never answered: alice#1/);
      assert.match(card, /since step 1 it awaits\s+Deferred alice#1\/1\s+\S*alarms\.h:\d+, which nothing resolves/);
      assert.match(card, /Lost at step 2: bob#1 writes alarm\.waiting: \?alice#1\/1 → \?bob#1\/1\s+\S*alarms\.h:\d+/);
      assert.match(card, /To mend it: keep every promise/);
      assert.equal(await page.locator('.race').count(), 0);
      assert.match(await textOf(page, '#step-2 .line:has(.mark)'), /waiting:\s+\?alice#1\/1 → \?bob#1\/1\s*b/);
    }));

test('A call whose Deferred is still held somewhere is not said to have lost it', () =>
    opened(written('deferred', 'deferred_held', (doc) => {
      doc.steps[0].diffs.push({canister: 'alarm', variable: 'spare', before: 'null', after: '?alice#1/1'});
      return doc;
    }), {}, async (page) => {
      assert.match(await textOf(page, '.unanswered'), /^Never answered: alice#1/);
      assert.doesNotMatch(await textOf(page, '.unanswered'), /Lost at/);
    }));

test('Sends that fail are told with what was in flight', () =>
    opened('load', {}, async (page) => {
      const text = await textOf(page, '[aria-label="Sends that fail"]');
      assert.match(text, /^2 sends fail at once step 3/);
      assert.match(text, /from caller to callee, and of this pair 2 calls are in flight: bob#1\/1, carol#1\/1/);
    }));

test('Keys go through the steps, a call, a variable and a race', () =>
    opened('withdraw', {}, async (page) => {
      const press = async (key) => {
        await page.keyboard.press(key);
        return chosen(page);
      };
      assert.equal(await press('Home'), 'before step 1');
      assert.match(await textOf(page, '[aria-label="The state after this step"]'), /^State at the beginning/);
      assert.equal(await press('k'), 'before step 1');
      assert.equal(await press('j'), 'step 1 of 6');
      assert.equal(await press('j'), 'step 2 of 6');
      assert.equal(await press('ArrowDown'), 'step 3 of 6');
      assert.equal(await press('k'), 'step 2 of 6');
      assert.equal(await press('ArrowUp'), 'step 1 of 6');
      assert.equal(await press('ArrowRight'), 'step 5 of 6');
      assert.equal(await press('ArrowLeft'), 'step 1 of 6');
      assert.equal(await press('r'), 'step 2 of 6');
      assert.equal(await press('r'), 'step 5 of 6');
      assert.equal(await press('End'), 'step 6 of 6');
      assert.equal(await press('j'), 'step 6 of 6');
      assert.equal(await press('Home'), 'before step 1');
      assert.equal(await press('f'), 'step 6 of 6');
      assert.equal(await press('PageUp'), 'before step 1');
      await page.keyboard.press('?');
      assert.match(await textOf(page, 'dialog[open]'), /n, N\s+next and previous change/);
      await page.keyboard.press('Escape');
      await page.getByRole('button', {name: 'Keys and signs'}).click();
      assert.match(await textOf(page, 'dialog[open]'), /hatched bar\s+the call is suspended/);
    }));

test('The variable of the race is chosen at first, another by a click, none by Escape', () =>
    opened('withdraw', {}, async (page) => {
      const press = async (key) => {
        await page.keyboard.press(key);
        return chosen(page);
      };
      await press('Home');
      assert.equal(await press('n'), 'step 5 of 6');
      await press('w');
      assert.match(await textOf(page, '.watched'), /bank\.balance/);
      await press('Home');
      await page.getByRole('button', {name: 'balance', exact: true}).last().click();
      assert.equal(await press('n'), 'step 3 of 6');
      assert.equal(await press('n'), 'step 4 of 6');
      assert.equal(await press('N'), 'step 3 of 6');
      await page.getByText('Filter').click();
      await press('Escape');
      assert.equal(await press('n'), 'step 4 of 6');
      await press('Escape');
      assert.equal(await page.locator('.variable.chosen').count(), 0);
      assert.equal(await press('n'), 'step 4 of 6');
      assert.match(await page.textContent('[aria-live]'), /Choose a variable first/);
    }));

test('What is only one call’s has no arrows of others', () =>
    opened('withdraw', {hash: '#s=3&call=alice%231'}, async (page) => {
      const arrows = () => page.locator('.drawing path[data-from]').evaluateAll(
          (all) => all.map((arrow) => `${arrow.dataset.from} ${arrow.dataset.to}`).sort());
      assert.deepEqual(await arrows(), ['1 1', '1 3', '3 5', '5 5']);
      assert.equal(await page.locator('.span').count(), 1);
      assert.equal(await page.locator('.failing-line').count(), 0);
    }));

test('Labels of lines stand below them, where there is nothing else', () =>
    opened(withSibling(), {}, async (page) => {
      const [line, next] = await page.evaluate(() => [
        parseFloat(document.querySelector('.deciding-line').style.top),
        parseFloat(document.getElementById('step-3').style.top),
      ]);
      const height = await page.locator('.deciding-line').evaluate(
          (each) => parseFloat(getComputedStyle(each, '::after').height));
      assert.ok(height > 10 && line + height <= next, `${line} + ${height} > ${next}`);
      assert.equal(await page.locator('.deciding-line').evaluate(
          (each) => getComputedStyle(each, '::after').left), '0px');
    }));

test('Text in lanes begins beyond the tips of arrows', () =>
    opened('vault', {}, async (page) => {
      const over = await page.evaluate(() => {
        const tips = [...document.querySelectorAll('.drawing .tip')].map((tip) => tip.getBoundingClientRect());
        return [...document.querySelectorAll('.line .what')].filter((text) => {
          const box = text.getBoundingClientRect();
          return tips.some((tip) => tip.right > box.left + 1 && tip.left < box.right - 1 &&
                                    tip.bottom > box.top + 1 && tip.top < box.bottom - 1);
        }).map((text) => text.textContent);
      });
      assert.deepEqual(over, []);
    }));

test('Cards are as high as what they say', () =>
    opened('deferred', {}, async (page) => {
      const heights = await page.locator('.summary .card').evaluateAll(
          (cards) => cards.map((card) => card.getBoundingClientRect().height));
      assert.ok(new Set(heights.map(Math.round)).size > 1, String(heights));
    }));

test('Clicks on rows, arrows and buttons choose steps', () =>
    opened('withdraw', {}, async (page) => {
      await page.locator('#step-3').click();
      assert.equal(await chosen(page), 'step 3 of 6');
      assert.match(await textOf(page, '.side'), /balance.*100 → 40/s);
      await page.getByRole('button', {name: 'Next step (j)'}).click();
      assert.equal(await chosen(page), 'step 4 of 6');
      const arrow = page.locator('.hit', {hasText: 'request of alice#1/1: step 1 to step 3'});
      await arrow.dispatchEvent('click');
      assert.equal(await chosen(page), 'step 3 of 6');
      await page.locator('.hit', {hasText: 'request of alice#1/1'}).dispatchEvent('click');
      assert.equal(await chosen(page), 'step 1 of 6');
    }));

test('In narrow lanes names are shortened, and values are whole', () => {
  const key = 'balances[{owner = alice; subaccount = null; memo = "a long one, and longer than that"}]';
  const name = written('swap', 'narrow', (doc) => {
    const change = (i, before, after) => {
      (doc.steps[i].diffs ||= []).push({canister: doc.steps[i].lane, variable: key, before, after});
    };
    change(2, '(none)', '1_000_000');
    change(6, '{a = 100; b = "what stays the same, and is long"}', '{a = 200; b = "what stays the same, and is long"}');
    return doc;
  });
  return opened(name, {viewport: {width: 1100, height: 900}}, async (page) => {
    const lines = page.locator('.line:has(.value)');
    const shown = await lines.evaluateAll((all) => all.map((line) => ({
      text: [...line.querySelectorAll('.what, .value')].map((each) => each.textContent).join(''),
      isCut: [...line.querySelectorAll('.value')].some((each) => each.scrollWidth > each.clientWidth + 1) ||
          line.scrollWidth > line.clientWidth + 1,
    })));
    assert.deepEqual(shown.filter(({isCut}) => isCut), []);
    const texts = shown.map(({text}) => text);
    assert.ok(texts.some((text) => /^balances\[.+…\S*\]: \(none\) → 1_000_000$/.test(text)), texts.join('\n'));
    assert.ok(texts.some((text) => /….*\.a: 100 → 200$/.test(text)), texts.join('\n'));
    assert.ok(texts.includes('balances[bob]: 1 → 0'), texts.join('\n'));
  });
});

test('Search finds steps by what they say', () =>
    opened('withdraw', {}, async (page) => {
      await page.keyboard.press('Home');
      await page.keyboard.press('/');
      await page.keyboard.type('LEDGER.PAY(30)');
      assert.equal(await chosen(page), 'step 2 of 6');
      assert.equal(await page.textContent('.found'), '1 of 1 step');
      assert.deepEqual(await page.locator('.step.hit').evaluateAll((rows) => rows.map((row) => row.id)),
                       ['step-2']);
      assert.equal(await page.locator('.line.found').count(), 1);
      await page.keyboard.press('Escape');
      assert.equal(await page.locator('.step.hit').count(), 0);
      await page.keyboard.press('/');
      await page.keyboard.type('resumes');
      assert.equal(await chosen(page), 'step 5 of 6');
      await page.keyboard.press('Enter');
      assert.equal(await chosen(page), 'step 6 of 6');
      await page.keyboard.press('Shift+Enter');
      assert.equal(await chosen(page), 'step 5 of 6');
    }));

test('Filters hide lanes, events and what does not touch a variable, and say how much', () =>
    opened('withdraw', {}, async (page) => {
      const shown = () => page.locator('.step').evaluateAll((rows) => rows.map((row) => row.id).sort());
      await page.getByText('Filter').click();
      await page.getByLabel('ledger', {exact: true}).uncheck();
      assert.deepEqual(await shown(), ['step-1', 'step-2', 'step-5', 'step-6']);
      assert.match(await textOf(page, '.gap'), /2 steps are filtered out/);
      assert.equal(await page.locator('.lane-head.canister').count(), 1);
      await page.getByLabel('ledger', {exact: true}).check();
      await page.getByLabel('responses').uncheck();
      assert.deepEqual(await shown(), ['step-1', 'step-2', 'step-3', 'step-4']);
      await page.getByLabel('responses').check();
      await page.getByLabel('Only what belongs to one call').selectOption('bob#1');
      assert.deepEqual(await shown(), ['step-2', 'step-4', 'step-6']);
      await page.locator('h1').click();
      assert.equal(await page.locator('details.menu[open]').count(), 0);
    }));

test('A link opens the same view, and follows what is chosen', () =>
    opened('withdraw', {hash: '#s=3&var=bank.balance&watch=bank.balance%7Cledger.balance&q=pay'},
           async (page, context) => {
             assert.equal(await chosen(page), 'step 3 of 6');
             assert.equal(await page.locator('.watched').count(), 2);
             assert.equal(await page.inputValue('input[type=search]'), 'pay');
             await page.keyboard.press('n');
             assert.equal(await chosen(page), 'step 5 of 6');
             assert.match(page.url(), /#s=5&var=bank\.balance&watch=/);
             const again = await context.newPage();
             await again.goto(page.url());
             assert.equal(await chosen(again), 'step 5 of 6');
             assert.equal(await again.locator('.watched').count(), 2);
             await page.evaluate(() => {
               location.hash = '#s=2';
             });
             await page.waitForFunction(() => document.querySelector('.where').textContent === 'step 2 of 6');
           }));

test('A link to a step that is not there opens the nearest', () =>
    opened('withdraw', {hash: '#s=99&var=nothing&race=7&lanes=-nowhere'}, async (page) => {
      assert.equal(await chosen(page), 'step 6 of 6');
    }));

test('The state after each step is told, with what has changed', () =>
    opened('withdraw', {}, async (page) => {
      const state = () => textOf(page, '[aria-label="The state after this step"]');
      await page.keyboard.press('Home');
      assert.match(await state(), /bank\s+☆\s*balance\s+100\s+ledger\s+☆\s*balance\s+100/);
      await page.locator('#step-3').click();
      assert.match(await state(), /ledger\s+☆\s*balance\s+100 → 40/);
      await page.locator('#step-4').click();
      assert.match(await state(), /ledger\s+☆\s*balance\s+40 → 10/);
      await page.locator('#step-5').click();
      assert.match(await state(), /100 → 40[^]*balance\s+10\s+step 4/);
    }));

test('A watched value of several canisters stands under its own name', () => {
  const sum = 'bank.get() + ledger.get()';
  const name = written('raffle', 'watched', (doc) => ({
    ...doc,
    final_variables: [...doc.final_variables,
      {canister: '', variable: sum, before: '0', after: String(doc.steps.length)}],
    steps: doc.steps.map((step, i) => ({
      ...step,
      diffs: [...step.diffs || [],
        {canister: '', variable: sum, before: String(i), after: String(i + 1)}],
    })),
  }));
  return opened(name, {hash: '#s=1'}, async (page) => {
    const state = await textOf(page, '[aria-label="The state after this step"]');
    assert.match(state, /☆\s*bank\.get\(\) \+ ledger\.get\(\)\s*0 → 1/);
    assert.ok(!(await page.textContent('main')).includes(`.${sum}`));
    // It tells of no call that it met another.
    assert.ok(!(await textOf(page, '.race.derived')).includes(sum));
  });
});

test('Values are compared part by part', () =>
    opened('withdraw', {}, async (page) => {
      const compare = (before, after) => page.evaluate(
          ([a, b]) => HeddlePage.differences(a, b).map(
              ({path, mark, before: old, after: now}) => [path, mark, old, now].join(' ')),
          [before, after]);
      assert.deepEqual(await compare('1', '2'), [' ~ 1 2']);
      assert.deepEqual(await compare('(none)', '2'), [' + (none) 2']);
      assert.deepEqual(await compare('{a = 1; b = {c = 2; d = "x; y"}}', '{a = 1; b = {c = 3; d = "x; y"}}'),
                       ['.b.c ~ 2 3']);
      assert.deepEqual(await compare('{alice -> 1, bob -> 2}', '{bob -> 2, carol -> 3}'),
                       ['.carol + (none) 3', '.alice - 1 (none)']);
      assert.deepEqual(await compare('[1, 2, 3]', '[1, 3]'), ['[1] - 2 (none)']);
      assert.deepEqual(await compare('[{a = 1}, {a = 2}]', '[{a = 1}, {a = 5}, {a = 6}]'),
                       ['[1].a ~ 2 5', '[2] + (none) {a = 6}']);
      assert.deepEqual(await compare('#Open {n = 1}', '#Shut {n = 1}'), [' ~ #Open {n = 1} #Shut {n = 1}']);
      assert.deepEqual(await compare('record { a = opt 1 }', 'record { a = opt 2 }'), ['.a ~ opt 1 opt 2']);
      assert.deepEqual(await compare('{a = "\\"}"; b = 1}', '{a = "\\"}"; b = 2}'), ['.b ~ 1 2']);
      assert.deepEqual(await compare('{a = 1', '{a = 2'), [' ~ {a = 1 {a = 2']);
    }));

/** The page of `withdraw` with the schedule that passes: the second call after the first. */
function withSibling() {
  return written('withdraw', 'sibling', (doc) => {
    const [first, second, pay, payAgain, resumed, resumedAgain] = doc.steps;
    const told = structuredClone([first, pay, resumed, second, payAgain, resumedAgain]);
    told.forEach((step, i) => {
      step.number = i + 1;
    });
    told[5].diffs = [{canister: 'bank', variable: 'balance', before: '40', after: '10'}];
    return {
      ...doc,
      critical_step: 2,
      sibling: {
        differences: 2,
        schedule: told.map((step) => step.event),
        calls: doc.calls,
        steps: told,
        final_variables: [{canister: 'ledger', variable: 'balance', before: '100', after: '10'},
                          {canister: 'bank', variable: 'balance', before: '100', after: '10'}],
      },
    };
  });
}

test('What decides is told, and marked in the drawing', () =>
    opened(withSibling(), {}, async (page) => {
      const card = await textOf(page, '[aria-label="What decides"]');
      assert.match(card, /^Step 2 decides/);
      assert.match(card, /step 2 bob#1 withdraw\(30\) comes as step 4 where it passes/);
      const line = await page.locator('.deciding-line').evaluate((each) => parseFloat(each.style.top));
      const row = await page.locator('#step-2').evaluate(
          (each) => parseFloat(each.style.top) + parseFloat(each.style.height));
      assert.equal(line, row);
    }));

test('A run that repeats says so, and a call whose name is given again has arrows of its own', () =>
    opened('locks', {}, async (page) => {
      const {doc, arrows} = await page.evaluate(() => {
        const {model} = globalThis.heddlePage;
        return {doc: model.doc, arrows: model.arrows.map(({call, from, to}) => ({call, from, to}))};
      });
      const from = doc.repeats_from;
      assert.ok(from > 0 && from <= doc.steps.length);
      const says = await page.locator('.failing-line').evaluate(
          (line) => getComputedStyle(line, '::after').content);
      assert.equal(says, `"↻ back to step ${from}, for ever"`);
      assert.equal(await page.locator('.repeat-bar').count(), 1);
      assert.match(await textOf(page, '.properties'), /claimed of whole runs/);
      const sent = doc.steps.flatMap((step) => (step.sends || []).map((send) => send.call));
      assert.ok(new Set(sent).size < sent.length);
      for (const arrow of arrows) {
        assert.ok(!arrow.to || arrow.to.step >= arrow.from.step, JSON.stringify(arrow));
      }
    }));

test('The schedule that passes stands beside the one that fails, aligned', () =>
    opened(withSibling(), {}, async (page) => {
      await page.keyboard.press('c');
      const rows = await page.locator('.compared').evaluateAll((all) => all.map(
          (row) => [...row.children].map((cell) => cell.innerText.split('\n')[0]).join('|')));
      assert.deepEqual(rows, [
        '1. bank|=|1. bank', '2. bank|↕ 4|', '3. ledger|=|2. ledger', '4. ledger|↕ 5|',
        '5. bank|=|3. bank', '|↕ 2|4. bank', '|↕ 4|5. ledger', '6. bank|≠|6. bank',
      ]);
      assert.match(await textOf(page, '.ends'), /bank\.balance\s+70\s+10/);
      await page.getByRole('button', {name: '4. ledger'}).click();
      assert.equal(await chosen(page), 'step 4 of 6');
      assert.equal(await page.locator('.comparison').count(), 0);
      await page.keyboard.press('c');
      await page.keyboard.press('Escape');
      assert.ok(await page.locator('#step-4').isVisible());
    }));

test('Another trace is compared from its document or its page, and what is none is refused', () =>
    opened('withdraw', {}, async (page) => {
      await page.locator('summary', {hasText: 'Compare'}).click();
      const input = page.locator('input[type=file]');
      await input.setInputFiles(fileOf('swap'));
      await page.getByText('Beside it: swap.html').waitFor();
      assert.ok(await page.locator('.compared.only').count() > 5);
      await input.setInputFiles({
        name: 'same.json', mimeType: 'application/json', buffer: Buffer.from(JSON.stringify(documentOf('withdraw'))),
      });
      await page.getByText('Beside it: same.json').waitFor();
      assert.match(await textOf(page, '.comparison'), /Both end in the same state, and their calls with the same answers/);
      assert.match(await textOf(page, '.comparison'), /2 equal steps/);
      await input.setInputFiles({name: 'x.json', mimeType: 'application/json', buffer: Buffer.from('{"a": 1}')});
      await page.getByText('cannot be compared').waitFor();
      assert.match(await page.textContent('[aria-live]'), /x\.json cannot be compared: it is no trace/);
    }));

test('Alternatives are listed; a file says which command takes another', () =>
    opened('withdraw', {hash: '#s=2'}, async (page) => {
      const alternatives = page.locator('.alternatives button');
      assert.deepEqual(await alternatives.allInnerTexts(), ['start bob#1', 'start bank>ledger']);
      await alternatives.nth(1).click();
      assert.match(await textOf(page, '.answer'),
                   /heddle replay withdraw\/buggy --schedule 'start alice#1; start bank>ledger'/);
      assert.equal(await chosen(page), 'step 2 of 6');
    }));

test('Beside an alternative stands what comes of it', () =>
    opened('trap', {}, async (page) => {
      const alternatives = page.getByLabel('Alternatives at this step');
      assert.match(await alternatives.innerText(), /deliver alice#1\/1 reply \(\) ✓ passes/);
      assert.equal(await alternatives.getByRole('button').count(), 2);
      await page.keyboard.press('Home');
      assert.match(await page.getByLabel('The properties after this step').innerText(),
                   /○ the guard is released \(finally\) judged when nothing is left to happen/);
      await page.keyboard.press('End');
      assert.match(await page.getByLabel('The properties after this step').innerText(),
                   /✗ the guard is released \(finally\) violated\s+bank\.busy = true/);
    }));

test('A guard is drawn along its lane as long as it is held', () =>
    opened('trap', {}, async (page) => {
      const held = await page.evaluate(() => [...document.querySelectorAll('.held')].map((bar) => ({
        says: bar.textContent,
        top: +bar.getAttribute('y'),
        bottom: +bar.getAttribute('y') + +bar.getAttribute('height'),
      })));
      assert.deepEqual(held.map(({says}) => says), ['alice#1 holds busy from step 1 on']);
      const rows = await page.evaluate(() => [1, 4].map((i) => {
        const row = document.getElementById(`step-${i}`);
        return parseFloat(row.style.top) + parseFloat(row.style.height);
      }));
      assert.ok(held[0].top < rows[0] && held[0].bottom >= rows[1]);
      assert.match(await page.textContent('.held-label'), /busy stays held/);
    }));

test('A guard that is let go ends where it is let go, and a refund is no guard', () =>
    opened(written('withdraw', 'held', (doc) => {
      const change = (i, variable, before, after) => {
        (doc.steps[i].diffs ||= []).push({canister: 'bank', variable, before, after});
      };
      change(0, 'pending[alice]', '(none)', 'true');
      change(4, 'pending[alice]', 'true', '(none)');
      change(1, 'reserved', '10', '0');
      change(5, 'reserved', '0', '10');
      change(1, 'name', '"a"', '"b"');
      return doc;
    }), {}, async (page) => {
      assert.deepEqual(await page.locator('.held title').allTextContents(),
                       ['alice#1 holds pending[alice] from step 1 to step 5']);
    }));

test('How many messages wait is told at each step, and drawn where it is more than one', () =>
    opened('withdraw', {hash: '#s=2'}, async (page) => {
      const step = page.getByLabel('The chosen step', {exact: true});
      assert.match(await step.innerText(), /Messages that wait after it\s+ledger: 2 requests/);
      await page.keyboard.press('j');
      assert.match(await step.innerText(), /ledger: 1 request\s+bank: 1 response/);
      await page.keyboard.press('End');
      assert.doesNotMatch(await step.innerText(), /Messages that wait/);
      assert.equal(await page.locator('.waiting').count(), 2);
      assert.deepEqual(await page.locator('.lane-head small').allInnerTexts(),
                       ['up to 2 wait', 'up to 2 wait']);
    }));

test('A live page is asked for the alternative, and draws the document that comes back', () =>
    opened('withdraw', {}, async (page) => {
      const doc = documentOf('withdraw');
      await page.evaluate((live) => {
        globalThis.asked = [];
        const shorter = {...live, steps: live.steps.slice(0, 3)};
        const view = HeddlePage.open(live, {
          choose: (step, event) => {
            asked.push([step, event]);
            view.update(shorter);
          },
        });
        view.select(1);
      }, doc);
      await page.getByRole('button', {name: 'start bank>ledger'}).click();
      assert.deepEqual(await page.evaluate(() => asked), [[2, 'start bank>ledger']]);
      assert.equal(await chosen(page), 'step 2 of 3');
    }));

test('The command, the schedule and the trace are copied', () =>
    opened('withdraw', {permissions: ['clipboard-read', 'clipboard-write']}, async (page) => {
      const doc = documentOf('withdraw');
      const copied = async (name) => {
        await page.locator('.menu[open]').getByRole('button', {name}).click();
        return page.evaluate(() => navigator.clipboard.readText());
      };
      await page.getByText('Copy').click();
      assert.equal(await copied('The command that shows it again'), doc.repro);
      assert.equal(await copied('The schedule'), doc.schedule.join('; '));
      assert.deepEqual(JSON.parse(await copied('The trace as JSON')), doc);
      assert.match(await copied(/^mermaid: /), /^sequenceDiagram\n/);
      assert.match(await copied(/^gtest: a GoogleTest case/), /^TEST\(/m);
      assert.match(await copied(/^rust: /), /MessageOrdering/);
    }));

for (const theme of ['light', 'dark']) {
  test(`In the ${theme} every text stands out from its ground by 4.5 to 1`, () =>
      opened('swap', {colorScheme: theme, hash: '#s=8'}, async (page) => {
        const faint = await page.evaluate(() => {
          const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
          const pixel = (...colors) => {
            canvas.clearRect(0, 0, 1, 1);
            for (const color of colors) {
              canvas.fillStyle = color;
              canvas.fillRect(0, 0, 1, 1);
            }
            return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
          };
          const light = (rgb) => {
            const [r, g, b] = rgb.map((part) => part / 255).map(
                (part) => (part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
            return 0.2126 * r + 0.7152 * g + 0.0722 * b;
          };
          const grounds = (element) => {
            const under = element ? grounds(element.parentElement) : ['Canvas'];
            return element ? [...under, getComputedStyle(element).backgroundColor] : under;
          };
          const found = new Set();
          for (const element of document.querySelectorAll('#page *')) {
            const hasText = [...element.childNodes].some(
                (node) => node.nodeType === 3 && node.textContent.trim());
            if (!hasText || element instanceof SVGElement || !element.checkVisibility()) {
              continue;
            }
            const below = grounds(element);
            const ground = light(pixel(...below));
            const ink = light(pixel(...below, getComputedStyle(element).color));
            const contrast = (Math.max(ink, ground) + 0.05) / (Math.min(ink, ground) + 0.05);
            if (contrast < 4.5) {
              found.add(`${element.className}: ${contrast.toFixed(2)}`);
            }
          }
          return [...found];
        });
        assert.deepEqual(faint, []);
        const ground = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
        assert.equal(ground, theme === 'light' ? 'rgb(255, 255, 255)' : 'rgb(20, 23, 28)');
        await page.getByRole('button', {name: 'Dark or light'}).click();
        assert.notEqual(await page.evaluate(() => getComputedStyle(document.body).backgroundColor), ground);
      }));
}

test('Screenshots for people to look at', async () => {
  for (const name of ['withdraw', 'swap', 'trap', 'raffle']) {
    for (const theme of ['light', 'dark']) {
      await opened(name, {colorScheme: theme}, async (page) => {
        const file = path.join(pages, `${name}_${theme}.png`);
        await page.screenshot({path: file});
        assert.ok(fs.statSync(file).size > 20000);
      });
    }
  }
});

test('Without JavaScript all of it is there as text', () =>
    opened('withdraw', {javaScriptEnabled: false}, async (page) => {
      assert.equal(await page.locator('.plain tbody tr').count(), 6);
      const text = await textOf(page, '.plain');
      for (const word of ['VIOLATED atomic(bank.balance)', 'Race on bank.balance: stale write',
                          'To mend it', 'heddle replay withdraw/buggy', 'balance: 40 -> 70']) {
        assert.ok(text.includes(word), `${word} is missing`);
      }
      assert.ok((await page.locator('.plain h1').boundingBox()).y < 100);
    }));

test('With JavaScript the text for those without is not shown', () =>
    opened('withdraw', {}, async (page) => {
      assert.equal(await page.locator('.plain').count(), 0);
    }));

test('Texts of a trace stay texts', () => {
  const hostile = '</script><img src="x" onerror="alert(1)"><b class="injected">&amp;';
  const name = written('withdraw', 'hostile', (doc) => ({
    ...doc,
    scenario: hostile,
    description: 'red\u001b[31m, turned\u202e',
    property: {...doc.property, name: hostile, why: hostile},
    repro: hostile,
    final_variables: doc.final_variables.map((diff) => ({...diff, before: hostile})),
    steps: doc.steps.map((step) => ({...step, arguments: hostile, notes: [hostile], enabled: [hostile]})),
    races: doc.races.map((race) => ({...race, sentence: hostile, awaited: hostile})),
  }));
  return opened(name, {hash: '#s=3'}, async (page) => {
    assert.equal(await page.locator('.injected, img').count(), 0);
    assert.ok((await textOf(page, '.why')).includes(hostile));
    assert.match(await textOf(page, '.facts'), /red\\u\{1b\}\[31m, turned\\u\{202e\}/);
    await page.keyboard.press('/');
    await page.keyboard.type('<b class');
    assert.equal(await page.textContent('.found'), '3 of 6 steps');
  });
});

test('An empty trace opens', () => {
  const name = written('withdraw', 'empty', () => ({
    schema: 'heddle/trace/1', scenario: 'none/none', settings: {}, schedule: [], canisters: [], users: [],
    calls: [], steps: [],
  }));
  return opened(name, {}, async (page) => {
    await page.keyboard.press('j');
    assert.equal(await chosen(page), 'step 0 of 0');
  });
});

test('Of ten thousand steps only those in sight are in the page', () => {
  const name = written('withdraw', 'many', (doc) => repeated(doc, 10000));
  return opened(name, {}, async (page) => {
    const rows = () => page.locator('.step').count();
    assert.equal(await chosen(page), 'step 10000 of 10000');
    assert.ok(await page.locator('#step-10000').isVisible());
    assert.ok(await rows() < 150);
    await page.keyboard.press('Home');
    assert.ok(await page.locator('#step-1').isVisible());
    assert.equal(await page.locator('#step-10000').count(), 0);
    await page.evaluate(() => {
      const scroller = document.querySelector('.diagram');
      scroller.scrollTop = scroller.scrollHeight / 2;
    });
    await page.locator('#step-5000, #step-5010').first().waitFor();
    assert.ok(await rows() < 150);
    assert.ok(await page.locator('.piece').count() > 5);
    await page.keyboard.press('/');
    await page.keyboard.type('start bob1234#1');
    assert.equal(await chosen(page), `step ${1234 * 6 + 2} of 10000`);
    await page.waitForSelector(`#step-${1234 * 6 + 2}`);
  });
});

test('A reader of screens is told where he is', () =>
    opened('withdraw', {}, async (page) => {
      await page.locator('.diagram').focus();
      await page.keyboard.press('Home');
      await page.keyboard.press('j');
      const active = await page.getAttribute('.diagram', 'aria-activedescendant');
      const row = page.locator(`#${active}`);
      assert.equal(active, 'step-1');
      assert.equal(await row.getAttribute('role'), 'option');
      assert.equal(await row.getAttribute('aria-selected'), 'true');
      assert.equal(await row.getAttribute('aria-setsize'), '6');
      assert.match(await row.getAttribute('aria-label'), /^Step 1, bank: alice#1 withdraw\(60\)/);
      assert.match(await page.textContent('[aria-live]'), /^Step 1, bank/);
      const nameless = await page.evaluate(
          () => [...document.querySelectorAll('button, input, select')]
                    .filter((each) => !each.textContent.trim() && !each.getAttribute('aria-label') &&
                                      !each.closest('label'))
                    .length);
      assert.equal(nameless, 0);
    }));

test('On paper every step is there, and nothing to press', () =>
    opened(written('withdraw', 'printed', (doc) => repeated(doc, 120)), {}, async (page) => {
      await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
      await page.emulateMedia({media: 'print'});
      assert.equal(await page.locator('.step').count(), 120);
      assert.ok(!(await page.locator('.toolbar').isVisible()));
      await page.emulateMedia({media: 'screen'});
      await page.evaluate(() => dispatchEvent(new Event('afterprint')));
      assert.ok(await page.locator('.step').count() < 120);
      await page.pdf({path: path.join(pages, 'printed.pdf')});
    }));

test('On a narrow screen nothing is out of reach', () =>
    opened('withdraw', {viewport: {width: 420, height: 800}}, async (page) => {
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(width <= 420, `${width} pixels wide`);
      await page.getByRole('button', {name: 'Previous step (k)'}).click();
      assert.equal(await chosen(page), 'step 5 of 6');
    }));
