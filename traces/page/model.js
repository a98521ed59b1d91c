// A trace document (heddle/trace/1), understood for drawing: lanes, a bar for each call that is
// open, arrows from where a message is sent to where it is delivered, the variables' histories and
// the moments of races. Nothing here touches the page; steps are counted from 0.

const kUsersLane = 'users';
const kSystemLane = 'timers';
const kHues = 8;
const kBothLooked = 'looked at by both, changed by neither';
const kOverwritten = 'overwritten';

/** Steps that are nobody's call but the system's. */
const kSystemKinds = new Set(['start-task', 'fire-timer', 'advance-time', 'heartbeat']);

function understand(doc) {
  const model = {
    doc,
    steps: doc.steps || [],
    users: new Set(doc.users || []),
    deferreds: new Set(),
    calls: new Map(),
    lanes: [],
    arrows: [],
    variables: new Map(),
    races: [],
    lines: [],
    failing: doc.property ? doc.property.step - 1 : -1,
  };
  for (const step of model.steps) {
    for (const send of step.sends || []) {
      if (send.deferred) {
        model.deferreds.add(send.call);
      }
    }
  }
  findCalls(model);
  findVariables(model);
  model.stays = whatStays(model);
  model.halves = halfDone(model);
  model.failedSends = failedSends(model);
  model.unanswered = unanswered(model);
  model.races = (doc.races || []).length ? doc.races : derivedRaces(model);
  const looks = new Map();
  for (const race of model.races) {
    for (const number of [race.told_step, race.intruder_step, race.write_step]) {
      const step = model.steps[(number || 0) - 1];
      if (step) {
        looks.set(`${number} ${withoutCanister(race.variable, step.lane)}`, race.pattern);
      }
    }
  }
  const looked = (number, variable) => looks.get(`${number} ${variable}`) || '';
  model.lines =
      model.steps.map((step) => tellStep(step, model.users, model.deferreds, looked));
  findLanes(model);
  findHeld(model);
  findWaiting(model);
  findArrows(model);
  return model;
}

/** The lane where a step is drawn: what concerns no canister is the users' or the system's. */
function laneOf(step) {
  return step.lane || (kSystemKinds.has(step.kind) ? kSystemLane : kUsersLane);
}

function findCalls(model) {
  const add = (name, facts) => {
    if (!model.calls.has(name)) {
      const root = name.split('/')[0];
      model.calls.set(name, {name, root, lane: '', pieces: [], slot: 0, hue: 0, ...facts});
    }
    return model.calls.get(name);
  };
  for (const call of model.doc.calls || []) {
    add(call.name, {told: call, lane: call.canister || ''});
  }
  model.steps.forEach((step, i) => {
    if ((step.ran === 'code' || step.ran === 'environment') && step.call) {
      const call = add(step.call, {});
      call.lane = step.lane;
      call.pieces.push(i);
    }
  });
  const roots = new Map();
  for (const call of model.calls.values()) {
    if (!roots.has(call.root)) {
      roots.set(call.root, roots.size % kHues);
    }
    call.hue = roots.get(call.root);
    const last = call.pieces.at(-1);
    call.unfinished = last !== undefined && model.steps[last].ended === 'suspended';
    call.until = call.unfinished ? model.steps.length : last;
  }
}

/** A watched value of several canisters is none's own. */
function nameOf(diff) {
  return diff.canister ? `${diff.canister}.${diff.variable}` : diff.variable;
}

function findVariables(model) {
  const add = (diff, initial) => {
    const name = nameOf(diff);
    if (!model.variables.has(name)) {
      model.variables.set(name, {
        name,
        canister: diff.canister,
        variable: diff.variable,
        initial,
        changes: [],
      });
    }
    return model.variables.get(name);
  };
  for (const diff of model.doc.final_variables || []) {
    add(diff, diff.before);
  }
  model.steps.forEach((step, i) => {
    for (const diff of step.diffs || []) {
      add(diff, diff.before).changes.push({step: i, before: diff.before, after: diff.after});
    }
  });
  // What changed without a step that tells when (a query beside it tells the same) is left out.
  for (const diff of model.doc.final_variables || []) {
    const name = nameOf(diff);
    if (diff.before !== diff.after && !model.variables.get(name).changes.length) {
      model.variables.delete(name);
    }
  }
}

/** The index of the last change at or before step `i`, -1 when there is none. */
function changeAt(variable, i) {
  let low = 0;
  let high = variable.changes.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (variable.changes[middle].step <= i) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low - 1;
}

function valueAt(variable, i) {
  const change = changeAt(variable, i);
  return change < 0 ? variable.initial : variable.changes[change].after;
}

/**
 * What met while a call was suspended, as the changes tell it: for documents in which no race was
 * computed, as of canisters whose reads are not known variable by variable. In the form of races,
 * `derived`.
 */
function meetings(model) {
  const kShown = 3;
  const kSearched = 20000;
  const after = [];
  const before = [];
  const only = [];
  const atLane = new Map();
  model.steps.forEach((step, i) => {
    if (step.ran === 'code' && !step.rolled_back) {
      if (!atLane.has(step.lane)) {
        atLane.set(step.lane, []);
      }
      atLane.get(step.lane).push(i);
    }
  });
  const changed = (i, variable) =>
      (model.steps[i].diffs || []).find((diff) => diff.variable === variable);
  let searched = 0;
  for (const call of model.calls.values()) {
    call.pieces.forEach((told, k) => {
      const step = model.steps[told];
      if (step.ended !== 'suspended' || searched > kSearched) {
        return;
      }
      const next = call.pieces[k + 1] ?? model.steps.length;
      const inside = [];
      const here = atLane.get(call.lane) || [];
      for (let at = here.indexOf(told) + 1; at < here.length && here[at] < next; ++at) {
        if (model.steps[here[at]].call !== call.name) {
          inside.push(here[at]);
        }
      }
      searched += inside.length + 10;
      const tell = (list, variable, intruder, write, sentence) => list.push({
        derived: true,
        pattern: list === only ? 'ran meanwhile' : 'changed meanwhile',
        variable: variable && `${call.lane}.${variable}`,
        call: call.name,
        intruder: model.steps[intruder].call,
        awaited: (step.awaiting || '').replace(/ \(.*/, ''),
        told_step: told + 1,
        intruder_step: intruder + 1,
        write_step: write < model.steps.length ? write + 1 : 0,
        sentence,
      });
      for (const i of inside) {
        const intruder = `${model.steps[i].call} (step ${i + 1})`;
        const while_awaiting = `while ${call.name} was awaiting ${step.awaiting}`;
        let shared = false;
        for (const diff of (model.steps[i].diffs || []).filter((each) => each.canister)) {
          const name = `${call.lane}.${diff.variable}`;
          const change = `${name} was changed from ${diff.before} to ${diff.after} by ${intruder} ${
              while_awaiting}`;
          const own = next < model.steps.length && changed(next, diff.variable);
          const earlier = changed(told, diff.variable);
          if (own) {
            shared = true;
            tell(after, diff.variable, i, next,
                 `${change}, and then from ${own.before} to ${own.after} by ${call.name} (step ${
                     next + 1}).`);
          } else if (earlier) {
            shared = true;
            tell(before, diff.variable, i, next,
                 `${call.name} changed ${name} to ${earlier.after} (step ${told + 1}), and ${
                     change}.`);
          }
        }
        if (!shared) {
          tell(only, '', i, next, `${intruder} ran at ${call.lane} ${while_awaiting}.`);
        }
      }
    });
  }
  // Of one call and variable, the last intruder before the call went on says most.
  const last = new Map();
  // That something ran meanwhile is worth a word only at the end, where nothing else explains.
  const isExplained = model.stays.some((stays) => stays.kept.length) || model.halves.length ||
      model.failedSends.length || model.doc.wait_for || model.doc.next?.length;
  const strong = [...after, ...before];
  for (const meeting of strong.length || isExplained ? strong : only) {
    last.set(`${meeting.call} ${meeting.variable}`, meeting);
  }
  // Where something waits in vain, what never goes on comes first; else what went on last.
  const never = model.doc.wait_for ? Infinity : 0;
  return [...last.values()]
      .sort((a, b) => (b.write_step || never) - (a.write_step || never) || 0)
      .slice(0, kShown);
}

/**
 * Two calls of one canister that looked at the same value, the second while the first awaited, and
 * neither had changed it: what one of them is allowed by it, both are.
 */
function lookedByBoth(model) {
  const kSearched = 20000;
  const looksAt = (step) => new Map((step.accesses || [])
      .filter((access) => access.kind === 'told' && access.value)
      .map((access) => [access.variable, access]));
  const changes = (step, name) => (step.diffs || []).some(
      (diff) => diff.canister === step.lane && diff.variable === name);
  let searched = 0;
  for (const call of model.calls.values()) {
    for (const [k, told] of call.pieces.entries()) {
      const step = model.steps[told];
      const next = call.pieces[k + 1] ?? model.steps.length;
      if (step.ended !== 'suspended' || step.ran !== 'code') {
        continue;
      }
      for (const [name, access] of looksAt(step)) {
        for (let i = told + 1; i < next && ++searched < kSearched; ++i) {
          const other = model.steps[i];
          if (other.lane !== step.lane || other.ran !== 'code') {
            continue;
          }
          const also = other.call !== call.name && other.ended === 'suspended' && looksAt(other).get(name);
          if (changes(step, name) || changes(other, name) || (also && also.value !== access.value)) {
            break;
          }
          if (also) {
            const awaited = (step.awaiting || '').replace(/ \(.*/, '');
            return [{
              derived: true,
              pattern: kBothLooked,
              variable: `${call.lane}.${name}`,
              call: call.name,
              intruder: other.call,
              awaited,
              told_step: told + 1,
              intruder_step: i + 1,
              write_step: 0,
              told_place: access.place,
              intruder_place: also.place,
              sentence: `${call.name} looked at ${call.lane}.${name} = ${access.value} (step ${
                  told + 1}) and went on to await ${awaited} without changing it. So ${
                  other.call} found the same value (step ${i + 1}), and went on by it, too.`,
            }];
          }
        }
      }
    }
  }
  return [];
}

/** In documents without races: what took an answer away, what met, or what two calls looked at. */
function derivedRaces(model) {
  const overwritten = model.unanswered.flatMap((each) => each.overwritten ? [each.overwritten] : []);
  if (overwritten.length) {
    return overwritten.slice(0, 3);
  }
  const met = meetings(model);
  const isStrong = met.some((meeting) => meeting.pattern !== 'ran meanwhile');
  const isExplained = model.stays.some((stays) => stays.kept.length) || model.halves.length ||
      model.failedSends.length || model.unanswered.length;
  return isStrong || isExplained || !model.doc.property ? met :
                                                          [...lookedByBoth(model), ...met].slice(0, 3);
}

/**
 * The calls that wait where nothing goes on: what each awaits and where, and what became of it. Of a
 * Deferred that was held in one variable and was overwritten there, also by whom.
 */
function unanswered(model) {
  const {doc} = model;
  const isJudged = doc.property && /unanswered|deadlock/.test(doc.property.kind || '');
  if (!doc.wait_for?.length && !(isJudged && !doc.next?.length)) {
    return [];
  }
  const found = [];
  for (const call of model.calls.values()) {
    const last = call.pieces.at(-1);
    const step = model.steps[last];
    if (!call.unfinished || call.told?.result || step?.ended !== 'suspended') {
      continue;
    }
    const awaited = /\(([^()]+)\)$/.exec(step.awaiting || '')?.[1] ||
        /^Deferred (\S+)/.exec(step.awaiting || '')?.[1] || '';
    found.push({
      call,
      step: last,
      awaited,
      awaiting: step.awaiting,
      place: step.await_place,
      overwritten: model.deferreds.has(awaited) ? whoOverwrote(model, call, last, awaited) : null,
    });
  }
  // Those of users first, and of these those whose reason is known.
  const rank = (each) => (each.overwritten ? 0 : 2) + (model.users.has(each.call.told?.caller) ? 0 : 1);
  return found.sort((a, b) => rank(a) - rank(b)).slice(0, 20);
}

function whoOverwrote(model, call, told, deferred) {
  const answers = (step) => (step.responses || []).some((response) => response.call === deferred);
  if (model.steps.some(answers)) {
    return null;
  }
  const escaped = deferred.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const token = new RegExp(`(^|[^\\w#/!])${escaped}($|[^\\w/~])`);
  const holds = (value) => token.test(value);
  const all = [...model.variables.values()];
  for (const variable of all) {
    const gone = variable.changes.findLast((change) => holds(change.before) && !holds(change.after));
    if (!gone || all.some((each) => holds(valueAt(each, model.steps.length - 1)))) {
      continue;
    }
    const step = model.steps[gone.step];
    const put = variable.changes.find((change) => holds(change.after));
    const write = lastAccess(step, variable.variable, false);
    return {
      derived: true,
      pattern: kOverwritten,
      variable: variable.name,
      call: call.name,
      intruder: step.call,
      awaited: model.steps[told].awaiting,
      told_step: (put ? put.step : told) + 1,
      intruder_step: gone.step + 1,
      write_step: 0,
      told_place: put && lastAccess(model.steps[put.step], variable.variable, false)?.place,
      intruder_place: write?.place,
      before: gone.before,
      after: gone.after,
      sentence: `${variable.name} held Deferred ${deferred}; ${step.call} (step ${gone.step + 1}) put ${
          gone.after} in its place. Nothing holds that Deferred any more, so nothing can resolve it.`,
    };
  }
  return null;
}

/** Of each trap after an await: what the call had committed before, and what stays of it. */
function whatStays(model) {
  const found = [];
  model.steps.forEach((step, i) => {
    if (!step.rolled_back || !step.segment) {
      return;
    }
    const call = model.calls.get(step.call);
    const kept = [];
    for (const piece of call ? call.pieces : []) {
      for (const diff of piece < i ? model.steps[piece].diffs || [] : []) {
        const variable = model.variables.get(nameOf(diff));
        if (valueAt(variable, i) !== diff.before) {
          kept.push({step: piece, diff});
        }
      }
    }
    found.push({step: i, call: step.call, kept});
  });
  return found;
}

/**
 * Calls of which, of what they sent, one part went through, and changed something, and another was
 * rejected.
 */
function halfDone(model) {
  const answers = new Map();
  model.steps.forEach((step, i) => {
    for (const response of step.responses || []) {
      const parent = response.call.slice(0, Math.max(0, response.call.lastIndexOf('/')));
      if (parent) {
        if (!answers.has(parent)) {
          answers.set(parent, []);
        }
        const changes = (response.call === step.call && step.diffs) || [];
        answers.get(parent).push({step: i, response, changes});
      }
    }
  });
  const found = [];
  for (const [name, given] of answers) {
    const call = model.calls.get(name);
    const last = call && call.pieces.at(-1);
    const done = given.filter((each) => each.response.replied && each.changes.length);
    const refused = given.filter((each) => !each.response.replied);
    if (done.length && refused.length && last !== undefined) {
      found.push({call: name, done, refused, end: call.unfinished ? -1 : last});
    }
  }
  return found;
}

/** Of each step in which sends fail at once: to whom, and what of that pair was in flight then. */
function failedSends(model) {
  const inFlight = new Map();
  const found = [];
  model.steps.forEach((step, i) => {
    if (step.kind === 'deliver') {
      inFlight.delete(step.delivered_call);
    }
    const failed = new Map();
    for (const send of step.sends || []) {
      if (send.accepted && !send.deferred) {
        inFlight.set(send.call, `${step.lane}>${send.callee}`);
      } else if (!send.deferred) {
        failed.set(send.callee, (failed.get(send.callee) || 0) + 1);
      }
    }
    for (const [callee, count] of failed) {
      const pair = `${step.lane}>${callee}`;
      const open = [...inFlight].filter(([, of]) => of === pair).map(([call]) => call);
      found.push({step: i, call: step.call, caller: step.lane, callee, count, open});
    }
  });
  return found;
}

/** Lanes of those where something happens, and the sub-columns of the calls open in each. */
function findLanes(model) {
  const active = new Set();
  model.steps.forEach((step, i) => {
    active.add(laneOf(step));
    if (step.kind === 'start-task') {
      active.add(kSystemLane);
    }
    for (const send of step.sends || []) {
      if (send.accepted && send.callee) {
        active.add(send.callee);
      }
    }
    if (model.lines[i].some((line) => line.user)) {
      active.add(kUsersLane);
    }
  });
  // What comes from the left of all canisters crosses no text in their lanes.
  const named = [kUsersLane, kSystemLane, ...(model.doc.canisters || [])];
  const others = [...active].filter((name) => !named.includes(name));
  for (const name of [...named, ...others]) {
    if (active.has(name)) {
      const kind =
          name === kUsersLane ? 'users' : name === kSystemLane ? 'system' : 'canister';
      model.lanes.push({name, kind, slots: 0});
    }
  }
  const laneNamed = new Map(model.lanes.map((lane) => [lane.name, lane]));
  model.laneNamed = laneNamed;
  // A call keeps the lowest free sub-column from its first piece to its last.
  const taken = new Map(model.lanes.map((lane) => [lane.name, []]));
  model.steps.forEach((step, i) => {
    const call = model.calls.get(step.call);
    if (!call || call.pieces[0] !== i) {
      return;
    }
    const slots = taken.get(call.lane);
    let slot = slots.findIndex((until) => until < i);
    slot = slot < 0 ? slots.length : slot;
    slots[slot] = call.until;
    call.slot = slot;
    laneNamed.get(call.lane).slots = slots.length;
  });
}

/** At which steps something happened to a call, by its name. */
class Happened {
  constructor() {
    this.steps = new Map();
  }

  add(call, i) {
    this.steps.set(call, [...(this.steps.get(call) || []), i]);
  }

  /** The first time from step `i` on, or after it, and not behind `limit`. */
  from(call, i, limit) {
    return (this.steps.get(call) || []).find((at) => at >= i && at <= limit);
  }
}

function findArrows(model) {
  const sent = new Happened();
  const started = new Happened();
  const rejected = new Happened();
  const expired = new Happened();
  const delivered = new Happened();
  model.steps.forEach((step, i) => {
    if (step.kind === 'start-request' && step.ran !== 'helper') {
      started.add(step.call, i);
    } else if (step.kind === 'reject-request') {
      rejected.add(step.call, i);
    } else if (step.kind === 'expire-call') {
      expired.add(step.call, i);
    } else if (step.kind === 'deliver') {
      delivered.add(step.delivered_call, i);
    }
    for (const send of step.sends || []) {
      sent.add(send.call, i);
    }
  });
  // A context that goes on as another method gives the names of its calls again.
  const lastOf = (call, i) => sent.from(call, i + 1, Infinity) ?? Infinity;
  const end = (i, line, call) => ({step: i, line: Math.max(line, 0), lane: laneOf(model.steps[i]), call});
  const lineOf = (i, part, call) =>
      model.lines[i].findIndex((line) => line.part === part && (line.calls || []).includes(call));
  model.steps.forEach((step, i) => {
    if (step.kind === 'start-ingress') {
      const user = {step: i, line: 0, lane: kUsersLane, call: ''};
      model.arrows.push({kind: 'request', call: step.call, from: user, to: end(i, 0, step.call)});
    } else if (step.kind === 'start-task') {
      const system = {step: i, line: 0, lane: kSystemLane, call: ''};
      model.arrows.push({kind: 'request', call: step.call, from: system, to: end(i, 0, step.call)});
    }
    if (step.kind === 'start-request' && step.event.endsWith(' twice')) {
      // The copy that it leaves in flight.
      const copy = `${step.call}~2`;
      const to = started.from(copy, i + 1, lastOf(step.call, i));
      model.arrows.push({
        kind: 'request',
        call: copy,
        lane: step.lane,
        from: end(i, 0, step.call),
        to: to === undefined ? null : end(to, 0, copy),
      });
    }
    for (const send of step.sends || []) {
      if (!send.accepted || send.deferred) {
        continue;
      }
      const last = lastOf(send.call, i);
      const to = started.from(send.call, i + 1, last);
      model.arrows.push({
        kind: 'request',
        call: send.call,
        oneWay: Boolean(send.one_way),
        lane: send.callee,
        from: end(i, lineOf(i, 'send', send.call), step.call),
        to: to === undefined ? null : end(to, 0, send.call),
        lost: rejected.from(send.call, i + 1, last) !== undefined,
      });
    }
    for (const response of step.responses || []) {
      const arrow = {
        kind: response.replied ? 'reply' : 'reject',
        call: response.call,
        code: response.replied ? '' : response.code,
        injected: Boolean(response.injected),
        lane: response.to,
        // A reject that no callee gave comes from nowhere.
        synthetic: step.kind === 'reject-request' || step.kind === 'expire-call',
        from: end(i, lineOf(i, 'response', response.call), step.call),
        to: null,
      };
      if (model.users.has(response.to)) {
        arrow.to = {step: i, line: arrow.from.line, lane: kUsersLane, call: ''};
      } else {
        const last = lastOf(response.call, i);
        const isLost = expired.from(response.call, i + 1, last) !== undefined;
        const to = isLost ? undefined : delivered.from(response.call, i, last);
        const caller = response.call.slice(0, response.call.lastIndexOf('/'));
        arrow.to = to === undefined ? null : end(to, 0, caller);
      }
      model.arrows.push(arrow);
    }
  });
  for (const arrow of model.arrows) {
    if (!arrow.to) {
      model.lines[arrow.from.step][arrow.from.line].undelivered = true;
    }
    arrow.first = arrow.from.step;
    arrow.last = arrow.to ? arrow.to.step : arrow.from.step;
  }
}

/** The moments of a race in order of steps: which line of which step each is, and its letter. */
function momentsOf(model, race) {
  const torn = race.pattern === 'torn group';
  const moments = [];
  [race.told_step, race.intruder_step, race.write_step].forEach((number, which) => {
    const step = model.steps[(number || 0) - 1];
    if (!step) {
      return;
    }
    const i = number - 1;
    const variable = withoutCanister(race.variable, step.lane);
    const reads = race.pattern === kBothLooked || (torn ? which === 1 : which === 0);
    const find = (part) => model.lines[i].findIndex(
        (line) => line.part === part && (!line.variable || line.variable === variable));
    const parts = reads && race.pattern !== kOverwritten ? ['told', 'change', 'await'] : ['change', 'send'];
    const line = parts.map(find).find((at) => at >= 0) ?? 0;
    const part = model.lines[i][line].part;
    const call = which === 1 ? race.intruder : race.call;
    const said = {told: '', change: 'writes', send: 'sends', await: 'suspends:'}[part];
    const place = [race.told_place, race.intruder_place, race.write_place][which];
    moments.push({step: i, line, call, said, place, which});
  });
  moments.sort((a, b) => a.step - b.step || a.line - b.line);
  moments.forEach((moment, k) => {
    moment.letter = 'abc'[k];
  });
  return moments;
}

/** What usually mends a race of this kind. */
function remedy(pattern) {
  return {
    'stale write': 'look at it again after the await, change it by a difference (-=), or hold a ' +
        'guard across the await.',
    'late write': 'write before the await, or check after it that nobody has written since.',
    'stale check': 'check again after the await, take what was checked before it, or hold a guard ' +
        'across the await.',
    [kBothLooked]: 'change it before the await, and give it back where the call fails; or hold a guard ' +
        'across the await.',
    [kOverwritten]: 'keep every promise that is not resolved yet (a list, or a map by call), or let a ' +
        'second call await the one that is there.',
    'torn group': 'write all of the group in one execution, without an await in between.',
    'changed meanwhile': 'if the code after the await relies on what it knew before: look again ' +
        'after the await, change it before the await, or hold a guard across it.',
  }[pattern] || '';
}
