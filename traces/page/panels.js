// What stands around the drawing: the verdict and why, the race, the chosen step, the state after
// it, the alternatives, the calls, the watched variables.

const kVerdictSigns = {VIOLATED: '✗', VERIFIED: '✓', INCOMPLETE: '…'};

function headline(doc, isLive) {
  const verdict = doc.verdict || (isLive ? 'LIVE' : 'REPLAY');
  const property = doc.property;
  const count = (doc.steps || []).length;
  const facts = [
    `${count} step${count === 1 ? '' : 's'}${doc.minimality ? ` (${doc.minimality})` : ''}`,
    doc.profile && `profile ${doc.profile}`,
    doc.strategy,
    doc.seed && `seed ${doc.seed}`,
    ...Object.entries(doc.settings || {})
        .map(([name, value]) => `${name}${name.startsWith('--') ? '' : ' ='} ${value}`),
  ].filter(Boolean);
  return h(
      'header', {class: 'headline'},
      h('span', {class: `verdict ${verdict.toLowerCase()}`},
        `${kVerdictSigns[verdict] || '▷'} ${verdict}`),
      h('div', {},
        h('h1', {}, property ? `${property.name}` : doc.scenario,
          property && property.kind && !property.name.startsWith(`${property.kind}(`) ?
            h('span', {class: 'kind'}, ` (${property.kind})`) : null,
          property ? h('span', {class: 'scenario'}, ` in ${doc.scenario}`) : null),
        h('p', {class: 'facts'}, doc.description ? `${doc.description} · ` : '',
          facts.join(' · '))));
}

function stepLink(page, i, text) {
  return button(text || `step ${i + 1}`, {class: 'link', onclick: () => page.select(i)});
}

function whyCard(page) {
  const {doc, failing, steps} = page.model;
  const cards = [];
  const waits = doc.wait_for || [];
  if (doc.property) {
    const why = doc.property.why || 'it does not hold in the state that this schedule leads to';
    cards.push(h(
        'section', {class: 'card why', 'aria-label': 'Why it fails'},
        h('h2', {}, 'Why it fails ',
          failing >= 0 && failing < steps.length ? stepLink(page, failing, `after step ${failing + 1}`) :
                                                   'at the beginning'),
        h('pre', {}, why), valuesThere(page, why)));
    if (waits.length && !why.includes(waits[0])) {
      cards.push(h('section', {class: 'card'}, h('h2', {}, 'Who waits for whom'),
                   h('pre', {}, waits.join('\n'))));
    }
  } else if (waits.length) {
    cards.push(h('section', {class: 'card'}, h('h2', {}, 'Who waits for whom'),
                 h('pre', {}, waits.join('\n'))));
  }
  if (page.model.unanswered.length) {
    cards.push(unansweredCard(page));
  }
  for (const stays of page.model.stays.slice(0, 2)) {
    cards.push(trapCard(page, stays));
  }
  for (const half of (doc.races || []).length ? [] : page.model.halves.slice(0, 1)) {
    cards.push(halfCard(page, half));
  }
  for (const failed of page.model.failedSends.slice(0, 1)) {
    cards.push(failedCard(page, failed));
  }
  for (const divergence of doc.divergences || []) {
    cards.push(h('section', {class: 'card'}, h('h2', {}, 'Diverged'), h('p', {}, divergence)));
  }
  return cards;
}

/** Of the variables that the reason names: their values before the failing step and after it. */
function valuesThere(page, why) {
  const {doc, failing, variables} = page.model;
  const text = `${doc.property.name} ${why}`;
  const kShown = 8;
  const named = [...variables.values()].filter((variable) => {
    const at = text.indexOf(variable.name);
    return at >= 0 && !/[\w.]/.test(text[at + variable.name.length] || ' ');
  });
  if (failing < 0 || !named.length) {
    return null;
  }
  return h('table', {class: 'values'},
           h('thead', {}, h('tr', {}, ['', 'at first', `after step ${failing}`,
                                       `after step ${failing + 1}`].map(
                                          (name) => h('th', {scope: 'col'}, name)))),
           h('tbody', {}, named.slice(0, kShown).map((variable) => {
             const before = valueAt(variable, failing - 1);
             const after = valueAt(variable, failing);
             return h('tr', {class: before === after ? '' : 'now'},
                      h('td', {}, variableButton(page, variable.name)),
                      h('td', {}, h('code', {}, variable.initial)), h('td', {}, h('code', {}, before)), h('td', {}, h('code', {}, after)));
           })));
}

/** What a trap after an await takes back, and what it does not. */
function trapCard(page, {step, call, kept}) {
  return h(
      'section', {class: 'card', 'aria-label': 'A trap after an await'},
      h('h2', {}, 'Trap after an await ', stepLink(page, step)),
      h('p', {}, `${call} traps${isMadeToTrap(page.model.steps[step].event) ? ', a fault that the check injects' : ''}, and only what it did since its await is rolled back. `,
        kept.length ? 'What it committed before stays:' : 'Nothing that it committed before is left.'),
      kept.length ? h('ul', {}, kept.map(({step: at, diff}) => h(
                                    'li', {}, h('code', {}, `${nameOf(diff)}: ${
                                                                diff.before} → ${diff.after} `),
                                    stepLink(page, at)))) :
                    null,
      kept.length ? h('p', {class: 'remedy'},
                      'To mend it, where it must not stay: undo it in finally (Motoko, C++), or when ' +
                          'a guard is dropped (Rust). That runs after the trap, too. What other ' +
                          'canisters have done for the call stays all the same.') :
                    null);
}

/** Calls that nothing answers any more: what each awaits, and where what would have come of it is. */
function unansweredCard(page) {
  const kShown = 4;
  const {calls, steps} = page.model;
  const found = page.model.unanswered;
  const what = ({awaited}) => {
    const callee = calls.get(awaited);
    const last = callee && steps[callee.pieces.at(-1)];
    if (page.model.deferreds.has(awaited)) {
      return 'which nothing resolves.';
    }
    if (callee?.told?.result) {
      return 'whose answer is there, but never delivered.';
    }
    return !callee || !callee.pieces.length ? 'which never starts.' :
        last.ended === 'suspended'          ? 'which itself awaits.' :
                                              'which never answers.';
  };
  const item = (each) => h(
      'li', {}, h('b', {}, each.call.name),
      h('code', {}, ` ${each.call.told ? `${each.call.lane}.${each.call.told.method}` : ''}`),
      ' is never answered: since ', stepLink(page, each.step), ' it awaits ',
      h('code', {}, each.awaiting), each.place ? h('span', {class: 'place'}, ` ${placeText(each.place)}`) : null,
      ', ', what(each), each.overwritten ? overwrittenAt(page, each.overwritten) : null);
  return h('section', {class: 'card unanswered', 'aria-label': 'Never answered'},
           h('h2', {}, found.length === 1 ? `Never answered: ${found[0].call.name}` :
                                            `Never answered: ${found.length} calls`),
           h('ul', {}, found.slice(0, kShown).map(item)),
           found.length > kShown ? h('p', {}, `and ${found.length - kShown} more`) : null,
           found.some((each) => each.overwritten) ?
               h('p', {class: 'remedy'}, `To mend it: ${remedy(kOverwritten)}`) :
               null);
}

function overwrittenAt(page, race) {
  return h('div', {class: 'overwritten'}, h('b', {}, 'Lost at '), stepLink(page, race.intruder_step - 1), ': ',
           h('code', {}, `${race.intruder} writes ${race.variable}: ${race.before} → ${race.after}`),
           race.intruder_place ? h('span', {class: 'place'}, ` ${placeText(race.intruder_place)}`) : null,
           '. Nothing holds what it was any more, so nothing can resolve it.');
}

/** A call of which one part went through and another did not. */
function halfCard(page, {call, done, refused, end}) {
  const method = (name) => {
    const told = page.model.calls.get(name)?.told;
    return told ? `${told.canister}.${told.method} ` : '';
  };
  const item = ({step, response, changes}) => h(
      'li', {}, h('code', {}, `${response.call} ${method(response.call)}${
                                  response.replied ? 'went through' : responseText(response)} `),
      stepLink(page, step),
      changes.length ? h('code', {class: 'place'}, ` ${changes.map(
                                                       (diff) => `${diff.variable}: ${
                                                           diff.before} → ${diff.after}`).join(', ')}`) :
                       null);
  return h('section', {class: 'card', 'aria-label': 'Half done'},
           h('h2', {}, `Half done: ${call} `,
             end < 0 ? 'still waits' : stepLink(page, end, `ends at step ${end + 1}`)),
           h('ul', {}, [...done, ...refused].slice(0, 8).map(item)),
           h('p', {class: 'remedy'},
             'To mend it, if one without the other is wrong: give back what went through alone, ' +
                 'where the reject arrives, or do first what can be given back for certain.'));
}

/** Sends that fail at once, and what held their places. */
function failedCard(page, {step, call, caller, callee, count, open}) {
  const kShown = 6;
  const more = page.model.failedSends.length - 1;
  const isFault = / fail-send \d/.test(page.model.steps[step].event);
  return h(
      'section', {class: 'card', 'aria-label': 'Sends that fail'},
      h('h2', {}, `${count === 1 ? 'A send fails' : `${count} sends fail`} at once `, stepLink(page, step)),
      h('p', {}, `${call} sends from ${caller} to ${callee}, and `,
        isFault ? 'the fault makes it fail.' :
        open.length ? [`of this pair ${open.length} ${open.length === 1 ? 'call is' : 'calls are'} in flight: `,
                       h('code', {}, open.slice(0, kShown).join(', ')),
                       open.length > kShown ? ` and ${open.length - kShown} more.` : '.'] :
                      'it leaves nothing behind.',
        more > 0 ? ` So it does in ${more} more ${more === 1 ? 'step' : 'steps'}.` : ''),
      h('p', {class: 'remedy'},
        'To mend it: have fewer in flight, or catch the failure and try again later, from a timer.'));
}

/** What was left out of the scenario, and what of it is needed. */
function triedCard(page) {
  const kTitles = {
    'left-out': 'Left out, and it still fails',
    'needed': 'Needed: without any one of these the property holds',
    'fails-otherwise': 'Needed: without it, it fails in another way only',
    'not-established': 'Not established: the search without it was not finished',
  };
  const tried = page.model.doc.tried || [];
  return Object.keys(kTitles).filter((came) => tried.some((each) => each.came === came)).map((came) =>
    h('section', {class: 'card', 'aria-label': kTitles[came]}, h('h2', {}, kTitles[came]),
      h('ul', {}, tried.filter((each) => each.came === came).map((each) => h('li', {}, each.what)))));
}

function raceCard(page) {
  const {races} = page.model;
  if (!races.length) {
    return [];
  }
  const race = races[page.race];
  // The card of unanswered calls tells it.
  if (race.pattern === kOverwritten) {
    return [];
  }
  const moments = momentsOf(page.model, race);
  const said = (moment) => {
    const {text} = page.model.lines[moment.step][moment.line];
    return moment.said === undefined ? text :
                                       `${moment.call} ${moment.said} ${text}`.replace('  ', ' ');
  };
  const title = race.variable ? `${race.derived ? 'Met: ' : 'Race on '}${race.variable}` : 'Met';
  return [h(
      'section', {class: `card race${race.derived ? ' derived' : ''}`, 'aria-label': 'The race'},
      h('h2', {}, `${title}: ${race.pattern} `,
        race.derived ? h('small', {}, 'told by the steps; no race was computed') :
                       race.declared ? null : h('small', {}, 'a finding: no property forbids it'),
        races.length > 1 ? button(`${page.race + 1} of ${races.length}, show next`, {
          class: 'link',
          onclick: () => page.showRace((page.race + 1) % races.length),
        }) :
                           null),
      h('p', {}, race.sentence || ''),
      h('ol', {class: 'moments'}, moments.map((moment) => h(
                                      'li', {class: `which-${moment.which}`},
                                      button('', {onclick: () => page.select(moment.step)},
                                             h('b', {class: 'mark'}, moment.letter),
                                             ` step ${moment.step + 1}  `,
                                             h('code', {}, said(moment))),
                                      moment.place ? h('span', {class: 'place'},
                                                       ` ${placeText(moment.place)}`) :
                                                     null,
                                      moment.which === 1 && race.awaited ?
                                          h('span', {}, ` while ${race.call} awaits `,
                                            h('code', {}, race.awaited),
                                            race.await_place ?
                                                h('span', {class: 'place'},
                                                  ` ${placeText(race.await_place)}`) :
                                                null) :
                                          null))),
      remedy(race.pattern) ? h('p', {class: 'remedy'}, `To mend it: ${remedy(race.pattern)}`) :
                             null)];
}

/** One change, leaf by leaf where the value has parts. */
function changeList(before, after) {
  const parts = differences(before, after);
  if (parts.length === 1 && !parts[0].path) {
    return [];
  }
  const kShown = 50;
  const names = {'+': 'added', '-': 'removed', '~': 'changed'};
  return [h('ul', {class: 'parts'}, parts.slice(0, kShown).map(
                                        (part) => h('li', {class: names[part.mark]},
                                                    h('b', {'aria-label': names[part.mark]}, part.mark),
                                                    h('code', {}, ` ${part.path} `),
                                                    part.mark === '+' ? h('ins', {}, part.after) :
                                                    part.mark === '-' ?
                                                        h('del', {}, part.before) :
                                                        [h('del', {}, part.before), ' → ',
                                                         h('ins', {}, part.after)])),
            parts.length > kShown ? h('li', {}, `and ${parts.length - kShown} more`) : null)];
}

function stepPanel(page) {
  const {model} = page;
  const i = page.selected;
  const step = model.steps[i];
  if (!step) {
    return h('section', {class: 'card'}, h('h2', {}, 'Before the first step'),
             model.steps.length ? h('p', {}, 'j, or a click on a step, goes on from here.') : null);
  }
  const reads = (step.accesses || []).filter((access) => access.kind === 'told');
  const waiting = waitingAfter(model, i);
  const list = (title, items) =>
      items.length ? [h('h3', {}, title), h('ul', {}, items)] : [];
  return h(
      'section', {class: 'card', 'aria-label': 'The chosen step'},
      h('h2', {}, `Step ${i + 1} of ${model.steps.length} `, h('code', {}, step.event)),
      h('ul', {class: 'told'}, model.lines[i].map(
                                   (line) => h('li', {class: `tone-${line.tone || 'plain'}`},
                                               line.text,
                                               line.whole ? h('span', {class: 'place'},
                                                              ` ${line.whole}`) :
                                                            null))),
      list('Looks at', reads.slice(0, 40).map(
                           (access) => h('li', {},
                                         variableButton(page, `${step.lane}.${access.variable}`,
                                                        access.variable),
                                         access.value ? h('code', {}, ` ${access.value}`) : '',
                                         h('span', {class: 'place'},
                                           ` ${placeText(access.place)}`)))),
      list(step.rolled_back ? 'Changed in cleanup' : 'Changes',
           (step.diffs || []).map((diff) => h(
                                      'li', {},
                                      variableButton(page, nameOf(diff)),
                                      ' ', h('del', {}, diff.before), ' → ',
                                      h('ins', {}, diff.after),
                                      changeList(diff.before, diff.after)))),
      list('Messages that wait after it', waiting.map((text) => h('li', {}, h('code', {}, text)))));
}

function variableButton(page, name, text) {
  const known = page.model.variables.has(name);
  return known ? button(text || name, {
    class: `link variable${page.variable === name ? ' chosen' : ''}`,
    title: 'Choose it: n and N go to its next and previous change',
    'aria-pressed': String(page.variable === name),
    onclick: () => page.chooseVariable(page.variable === name ? '' : name),
  }) : h('code', {}, text || name);
}

function meaningOf(messages, event) {
  const text = meaning(messages, event);
  return text ? h('span', {class: 'place', title: text}, ` ${shortened(text)}`) : null;
}

/** What comes of an event at step `i` (from 0) if the schedule then goes on as it does. */
function outlook(page, i, alternative) {
  if (!alternative?.verdict) {
    return null;
  }
  const {verdict, property, after, event} = alternative;
  const later = after > 1 ? ` ${after - 1} event${after > 2 ? 's' : ''} later` : '';
  if (verdict === 'misuse') {
    return h('span', {class: 'outlook fails'}, ' ✗ canister code is in error');
  }
  const name = property?.includes(' ') ? `"${property}"` : property;
  const rest = `if the rest goes on as it did, ${name} fails${later}`;
  const [text, told] = {
    'passes': [' ✓ passes', 'If the schedule then goes on as it does, nothing fails'],
    'can pass': [' ✓ can still pass', `Some continuation passes; ${rest}`],
    'never passes': [` ✗ ${name} fails, whatever follows`, `Every continuation fails; ${rest}`],
    'fails': [later ? ` ✗ ${rest}` : ` ✗ ${name} fails`, 'Of other continuations nothing is known'],
  }[verdict];
  const attributes = {
    class: `outlook ${verdict === 'passes' || verdict === 'can pass' ? 'passes' : 'fails'}`,
    title: told,
  };
  return page?.options.goOn ?
      button(text, {
        ...attributes,
        class: `link ${attributes.class}`,
        title: `${told}: go there`,
        onclick: () => page.options.goOn(i + 1, event),
      }) :
      h('span', attributes, text);
}

const kJudged = {
  holds: ['✓', 'good'],
  violated: ['✗', 'bad'],
  'not judged': ['○', 'quiet'],
  reached: ['✓', 'good'],
  'not reached': ['○', 'quiet'],
};

/** Kinds of claims that are true or false of runs that never end. */
const kAboutRuns = new Set(['eventually', 'leads to', 'ltl', 'always possible']);

/** What each property is in the state after the chosen step. */
function propertiesPanel(page) {
  const {properties} = page.model.doc;
  if (!properties?.length) {
    return [];
  }
  const number = page.selected + 1;
  const item = ({name, kind, changes}) => {
    const now = changes.findLast((change) => change.step <= number) || changes[0];
    const [sign, tone] = kJudged[now.is] || ['', 'plain'];
    const failed = now.is === 'violated' ? null : changes.find((each) => each.is === 'violated');
    const when = kAboutRuns.has(kind) ? 'claimed of whole runs, not of states' :
                                        'judged when nothing is left to happen';
    const words = now.is === 'not judged' ? when : now.is;
    return h('li', {class: `tone-${tone}`}, `${sign} ${name} `,
             h('span', {class: 'kind'}, `(${kind}) ${words}`),
             failed ? [' ', stepLink(page, failed.step - 1, `violated after step ${failed.step}`)] :
                      null,
             now.why ? h('div', {class: 'why-not'}, now.why) : null);
  };
  return [h('section', {class: 'card', 'aria-label': 'The properties after this step'},
            h('h2', {}, number ? `Properties after step ${number}` : 'Properties at the beginning'),
            h('ul', {class: 'properties'}, properties.map(item)))];
}

/** What could have happened instead. */
function alternativesPanel(page) {
  const step = page.model.steps[page.selected];
  if (!step || !(step.enabled || []).length) {
    return [];
  }
  const count = step.enabled_count || step.enabled.length;
  const messages = messagesBefore(page.model, page.selected);
  const known = new Map((step.alternatives || []).map((each) => [each.event, each]));
  return [h(
      'section', {class: 'card', 'aria-label': 'Alternatives at this step'},
      h('h2', {}, count === 1 ? 'Nothing else could happen here' :
                                `${count} events could happen here`),
      h('ul', {class: 'alternatives'},
        step.enabled.map((event) => h('li', {}, button(event, {
                                        class: event === step.event ? 'chosen' : '',
                                        'aria-pressed': String(event === step.event),
                                        onclick: () => page.choose(event),
                                      }),
                                      meaningOf(messages, event),
                                      event === step.event ?
                                          ' happened' :
                                          outlook(page, page.selected, known.get(event)))),
        step.enabled.length < count ? h('li', {}, `and ${count - step.enabled.length} more`) :
                                      null),
      page.answer || null)];
}

function statePanel(page) {
  const i = page.selected;
  const kShown = 200;
  const rows = [];
  let left = 0;
  let canister = '';
  const ordered = [...page.model.variables.values()].sort(
      (a, b) => a.canister < b.canister ? -1 : a.canister > b.canister ? 1 : 0);
  for (const variable of ordered) {
    const k = changeAt(variable, i);
    const change = k >= 0 ? variable.changes[k] : null;
    const now = change && change.step === i;
    if (page.changedOnly && !change) {
      continue;
    }
    if (rows.length >= kShown) {
      left += 1;
      continue;
    }
    if (variable.canister !== canister) {
      canister = variable.canister;
      rows.push(h('tr', {}, h('th', {colspan: 3, scope: 'rowgroup'}, canister)));
    }
    const watched = page.watched.has(variable.name);
    rows.push(h(
        'tr', {class: now ? 'now' : ''},
        h('td', {}, button(watched ? '★' : '☆', {
            class: 'link',
            title: watched ? 'Stop watching it' : 'Watch it under the steps',
            'aria-label': `Watch ${variable.name}`,
            'aria-pressed': String(watched),
            onclick: () => page.watch(variable.name),
          })),
        h('td', {}, variableButton(page, variable.name, variable.variable)),
        h('td', {}, now ? [h('del', {}, change.before), ' → ', h('ins', {}, change.after)] :
                          h('code', {}, valueAt(variable, i)),
          now || !change ? null : [' ', button(`step ${change.step + 1}`, {
            class: 'link place',
            title: 'Its last change',
            onclick: () => page.select(change.step),
          })])));
  }
  return h(
      'section', {class: 'card', 'aria-label': 'The state after this step'},
      h('h2', {}, i < 0 ? 'State at the beginning ' : `State after step ${i + 1} `,
        h('label', {}, h('input', {
            type: 'checkbox',
            checked: page.changedOnly,
            onchange: (event) => page.showChangedOnly(event.target.checked),
          }), ' only what has changed')),
      rows.length ? h('table', {}, h('tbody', {}, rows)) : h('p', {}, 'Nothing has changed.'),
      left ? h('p', {}, `and ${left} more`) : null);
}

function callsPanel(page) {
  const kShown = 300;
  const calls = [...page.model.calls.values()].filter((call) => call.told);
  return h(
      'details', {class: 'card calls'},
      h('summary', {}, `Calls (${calls.length})`),
      h('table', {},
        h('thead', {}, h('tr', {}, ['call', 'method', 'result'].map(
                                       (name) => h('th', {scope: 'col'}, name)))),
        h('tbody', {}, calls.slice(0, kShown).map(
                           (call) => h('tr', {},
                                       h('td', {},
                                         h('span', {class: `swatch hue-${call.hue}`}),
                                         call.pieces.length ? button(call.name, {
                                           class: 'link',
                                           onclick: () => page.select(call.pieces[0]),
                                         }) : call.name),
                                       h('td', {}, h('code', {}, `${call.told.canister || ''}.${
                                                         call.told.method || ''}${
                                                         call.told.arguments || ''}`)),
                                       h('td', {}, h('code', {}, call.told.result || 'no answer')))))),
      calls.length > kShown ? h('p', {}, `and ${calls.length - kShown} more`) : null);
}

/** A row for each watched variable: its value along the steps. */
function watchStrip(page) {
  const count = page.model.steps.length;
  const rows = [...page.watched].map((name) => page.model.variables.get(name)).filter(Boolean);
  return rows.map((variable) => {
    const value = valueAt(variable, page.selected);
    return h(
        'div', {class: 'watched'},
        button('★', {
          class: 'link',
          'aria-label': `Stop watching ${variable.name}`,
          onclick: () => page.watch(variable.name),
        }),
        variableButton(page, variable.name), h('output', {title: value}, value),
        sparkline(page, variable, count));
  });
}

/** Numbers as a line, other values as ticks where they change. */
function sparkline(page, variable, count) {
  const kWidth = 1000;
  const kHeight = 24;
  const x = (i) => ((i + 1) / Math.max(count, 1)) * kWidth;
  const values = [variable.initial, ...variable.changes.map((change) => change.after)];
  const numbers = values.map((value) => (/^-?[\d_]+(\.\d+)?$/.test(value) ? Number(value.replaceAll('_', '')) : NaN));
  const drawn = [];
  if (numbers.every((number) => Number.isFinite(number))) {
    const low = Math.min(...numbers);
    const high = Math.max(...numbers);
    const y = (number) => kHeight - 4 - ((number - low) / (high - low || 1)) * (kHeight - 8);
    let path = `M0 ${y(numbers[0])}`;
    variable.changes.forEach((change, k) => {
      path += ` H${x(change.step)} V${y(numbers[k + 1])}`;
    });
    drawn.push(svg('path', {class: 'series', d: `${path} H${kWidth}`}));
  } else {
    for (const change of variable.changes) {
      drawn.push(svg('path', {class: 'series', d: `M${x(change.step)} 4 V${kHeight - 4}`}));
    }
  }
  const cursor = x(page.selected);
  drawn.push(svg('path', {class: 'cursor', d: `M${cursor} 0 V${kHeight}`}));
  return svg('svg', {
    viewBox: `0 0 ${kWidth} ${kHeight}`,
    preserveAspectRatio: 'none',
    role: 'img',
    'aria-label': `${variable.name}: ${values.slice(0, 20).join(', then ')}`,
    onclick: (event) => {
      const box = event.currentTarget.getBoundingClientRect();
      page.select(Math.round(((event.clientX - box.left) / box.width) * count) - 1);
    },
  }, drawn);
}
