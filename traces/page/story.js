// What each step of a trace says, as lines of text: the same telling as the terminal's, with what
// the drawing needs to know of each line.

/** Steps of one call that send the same message as often as this are told in one line. */
const kAlike = 3;

function placeText(place) {
  return !place ? '' : place.line ? `${place.file}:${place.line}` : place.file;
}

function shortPlace(place) {
  return place && place.line ?
      `${place.file.slice(place.file.lastIndexOf('/') + 1)}:${place.line}` :
      '';
}

function responseText(response) {
  return response.replied ? `reply ${response.value}`
                          : `reject ${response.code} ${JSON.stringify(response.value)}`;
}

function shortened(text) {
  const kShown = 60;
  return text.length > kShown ? `${text.slice(0, kShown - 1)}…` : text;
}

/** `bank.balance` in bank's own lane is `balance`. */
function withoutCanister(variable, canister) {
  const kKeys = 'the keys of ';
  if (variable.startsWith(kKeys)) {
    return kKeys + withoutCanister(variable.slice(kKeys.length), canister);
  }
  return variable.startsWith(`${canister}.`) ? variable.slice(canister.length + 1) : variable;
}

const isWrite = (access) => access.kind === 'written' || access.kind === 'modified';

function lastAccess(step, variable, told) {
  return (step.accesses || []).findLast(
      (access) => access.variable === variable &&
                  (told ? access.kind === 'told' : isWrite(access)));
}

/** What a controller of the canister does to it. */
function managed(step) {
  const verb = step.event.split(' ')[0];
  if (verb === 'time-out') {
    return `FAULT: ${step.call} is told that ${step.lane} has not stopped in time`;
  }
  const does = {
    'stop': 'is to stop: new calls are refused',
    'restart': 'is started again',
    'upgrade': 'is upgraded to the same code',
    'uninstall': 'is uninstalled',
    'take-snapshot': 'has a snapshot taken of it',
    'load-snapshot': 'goes back to its snapshot',
  };
  return `FAULT: ${step.lane} ${does[verb]}`;
}

function headLine(step) {
  const method = `${step.call || ''} ${step.method || ''}${step.arguments || ''}`;
  const line = {part: 'head', text: method, tone: '', variable: '', place: ''};
  switch (step.kind) {
    case 'start-request':
      if (step.ran === 'helper') {
        line.text = `${step.call}: its self-call executes, as it awaits what is complete`;
      } else if (step.ran === 'environment') {
        line.text += ' (environment)';
      } else if (step.event.endsWith(' again')) {
        line.text += ' (the same request, a second time)';
      }
      break;
    case 'deliver': {
      const what = `${step.delivered} to ${step.delivered_call}`;
      if (step.ran === 'store') {
        Object.assign(line, {text: `← ${what}: kept until awaited`, tone: 'quiet'});
      } else if (step.ran === 'consume') {
        Object.assign(line, {text: `← ${what}: dropped, nobody awaits it`, tone: 'quiet'});
      } else {
        line.text = `${step.call} resumes ← ${step.delivered}`;
      }
      break;
    }
    case 'fire-timer':
      line.text = 'timer fires: its task is queued';
      break;
    case 'advance-time':
      line.text = 'time passes until the next timer';
      break;
    case 'heartbeat':
      line.text = 'heartbeat: its task is queued';
      break;
    case 'reject-request':
      Object.assign(line, {
        text: `FAULT: ${step.call} is rejected before it executes` +
            (hasWord(step.event, 'fatal') ? ', with SYS_FATAL' : ''),
        tone: 'fault',
      });
      break;
    case 'drop-ingress':
      Object.assign(line, {text: `FAULT: ${step.call} is lost before it executes`, tone: 'fault'});
      break;
    case 'resubmit':
      Object.assign(line, {text: `FAULT: ${step.call} is submitted once more`, tone: 'fault'});
      break;
    case 'expire-call':
      Object.assign(
          line,
          {text: `FAULT: ${step.call} expires: its outcome is unknown to its caller`, tone: 'fault'});
      break;
    case 'stopped':
      line.text = 'stopped: no call context is left';
      break;
    case 'manage':
      Object.assign(line, {text: managed(step), tone: 'fault'});
      break;
    case 'drop-request':
      Object.assign(
          line,
          {text: `FAULT: ${step.call} vanishes, expired, before it executes`, tone: 'fault'});
      break;
    case 'garble-reply':
      Object.assign(line, {
        text: `FAULT: the reply to ${step.call} becomes one that cannot be decoded`,
        tone: 'fault',
      });
      break;
  }
  return line;
}

/** Whether the event has this word behind what it is about. */
function hasWord(event, word) {
  return event.split(' ').slice(1).includes(word);
}

/** Whether the check made the code trap. */
function isMadeToTrap(event) {
  return hasWord(event, 'trap') || hasWord(event, 'trap-after');
}

function faultLines(step) {
  const lines = [];
  const fault = (text) => lines.push({part: 'fault', text: `FAULT: ${text}`, tone: 'fault'});
  if (hasWord(step.event, 'trap')) {
    fault(step.kind === 'deliver' ? 'this callback traps' : 'this execution traps');
  }
  if (hasWord(step.event, 'cleanup-trap')) {
    fault('its cleanup traps');
  }
  const trapAfter = / trap-after (\d+)/.exec(step.event);
  if (trapAfter) {
    fault(`this callback traps after its write number ${trapAfter[1]}`);
  }
  if (hasWord(step.event, 'twice')) {
    fault('the same request is delivered once more, later');
  }
  if (hasWord(step.event, 'silent')) {
    fault('it never answers');
  } else if (step.ran === 'environment' && !(step.responses || []).length) {
    lines.push({part: 'note', text: 'it never answers', tone: 'bad'});
  }
  const failing = / fail-send (\d+)/.exec(step.event);
  if (failing) {
    fault(`its send number ${failing[1]} fails`);
  }
  return lines;
}

function sendLines(step) {
  const lines = [];
  const sends = step.sends || [];
  for (let i = 0; i < sends.length;) {
    const send = sends[i];
    let end = i + 1;
    while (end < sends.length && sends[end].callee === send.callee &&
           sends[end].method === send.method && sends[end].accepted === send.accepted &&
           !send.deferred && !sends[end].deferred) {
      end += 1;
    }
    end = end - i < kAlike ? i + 1 : end;
    const alike = sends.slice(i, end);
    const same = alike.every((other) => other.arguments === send.arguments);
    const message = `${send.callee}.${send.method}${same ? send.arguments || '' : '(..)'}`;
    const line = {
      part: 'send',
      text: `→ ${send.call} ${message}`,
      tone: '',
      calls: alike.map((each) => each.call).filter(Boolean),
      place: shortPlace(send.place),
      whole: placeText(send.place),
    };
    if (send.deferred) {
      line.text = send.accepted ? `makes Deferred ${send.call}` : 'making a Deferred fails at once';
    } else if (!send.accepted) {
      Object.assign(line, {text: `→ ${message} fails at once`, tone: 'bad'});
    } else if (alike.length > 1) {
      line.text = `→ ${send.call} to ${alike.at(-1).call} ${message}`;
    }
    line.text += (alike.length > 1 ? ` ×${alike.length}` : '') + (send.one_way ? ', one way' : '');
    lines.push(line);
    i = end;
  }
  return lines;
}

/** A change as a line; where there is little room, its name is shortened, and its values last. */
function changed(line, prefix, diff) {
  const value = `${diff.before} → ${diff.after}`;
  return {...line, text: `${prefix}${diff.variable}: ${value}`, value, prefix, diff};
}

/** A line in `room` characters: {text, value, place, isWhole}. Where it was said gives way first. */
function fitted(line, room) {
  const whole = {text: line.text.slice(0, line.text.length - (line.value || '').length), value: line.value || ''};
  if (line.text.length <= room) {
    const hasPlace = line.place && line.text.length + line.place.length + 2 <= room;
    return {...whole, place: hasPlace ? line.place : '', isWhole: true};
  }
  if (line.diff) {
    const [name, value] = fittingChange(line.prefix, line.diff, room);
    return {text: `${name}: `, value, place: '', isWhole: false};
  }
  // Of arguments and values the end says most; of rejects the code; which call is awaited, least.
  const text = line.part === 'await' ? line.text.replace(/ \([^()]*\)$/, '') : line.text;
  const open = text.search(/[({]/) + 1;
  const isReject = text.includes('reject ') && !text.includes('(');
  const short = text.length <= room ? text :
      isReject ? `${text.slice(0, Math.max(room - 1, 1))}…` :
      open > 0 && room - open > 6 ? `${text.slice(0, open)}…${text.slice(open - room + 1)}` :
                                    middleOut(text, room);
  return {text: short, value: '', place: '', isWhole: false};
}

/** What a lane must have room for, in characters, so that no value is cut. */
function neededFor(line) {
  const kName = 16;
  const kNeeded = 48;
  const name = line.diff ? Math.min(line.text.length - line.value.length, kName) : 0;
  return line.diff ? Math.min(name + line.value.length, kNeeded) : 0;
}

/** Reads that belong to a race are told; `looked(step number, variable)` says of which pattern. */
function codeLines(step, looked) {
  const lines = [];
  const told = new Set();
  const diffs = step.diffs || [];
  let sent = false;
  const change = (variable, place) => {
    const diff = diffs.find((each) => each.variable === variable);
    const line =
        {part: 'change', variable, tone: 'change', place: shortPlace(place), whole: placeText(place)};
    if (diff) {
      lines.push(changed(line, '', diff));
    } else if (looked(step.number, variable) && looked(step.number, variable) !== kBothLooked) {
      const value = lastAccess(step, variable, false)?.value;
      lines.push({
        ...line,
        text: value ? `${variable}: ${value} → ${value} (the same)`
                    : `writes ${variable}, the same value`,
      });
    }
  };
  for (const access of step.accesses || []) {
    if (access.kind === 'told' && looked(step.number, access.variable) &&
        lastAccess(step, access.variable, true) === access) {
      lines.push({
        part: 'told',
        variable: access.variable,
        text: `looks at ${access.variable}${access.value ? `: ${access.value}` : ''}`,
        tone: 'told',
        place: shortPlace(access.place),
        whole: placeText(access.place),
      });
    } else if (isWrite(access) && lastAccess(step, access.variable, false) === access) {
      change(access.variable, access.place);
      told.add(access.variable);
    } else if (access.kind === 'sent' && !sent) {
      lines.push(...sendLines(step));
      sent = true;
    }
  }
  if (!sent) {
    lines.push(...sendLines(step));
  }
  for (const diff of diffs) {
    if (!told.has(diff.variable)) {
      change(diff.variable, null);
    }
  }
  return lines;
}

function endLines(step) {
  const lines = [];
  if (step.ended === 'suspended') {
    lines.push({
      part: 'await',
      text: `✓ await ${step.awaiting}`,
      tone: 'good',
      place: shortPlace(step.await_place),
      whole: placeText(step.await_place),
    });
  } else if (step.ended === 'trapped' && !isMadeToTrap(step.event)) {
    lines.push({part: 'trap', text: `✕ trap: ${JSON.stringify(step.trap || '')}`, tone: 'bad'});
  }
  if (step.kept_writes) {
    lines.push({
      part: 'rollback',
      text: 'not rolled back: what it wrote stays, what it sent does not',
      tone: 'bad',
    });
  }
  if (step.rolled_back) {
    lines.push({
      part: 'rollback',
      text: `↺ rolled back to ${step.segment ? 'its await' : 'before its start'}`,
      tone: 'bad',
    });
    for (const diff of step.diffs || []) {
      lines.push(
          changed({part: 'change', variable: diff.variable, tone: 'change'}, 'cleanup: ', diff));
    }
    if (step.cleanup_ran && !(step.diffs || []).length) {
      lines.push({part: 'note', text: 'cleanup changes nothing', tone: 'quiet'});
    }
  }
  return lines;
}

function responseLines(step, users, deferreds) {
  const lines = [];
  let own = false;
  for (const response of step.responses || []) {
    let text = responseText(response);
    if (response.call === step.call) {
      own = true;
    } else {
      text = deferreds.has(response.call) ? `resolves Deferred ${response.call}: ${text}`
                                          : `${response.call}: ${text}`;
    }
    if (step.committed && response.call === step.call && !step.rolled_back) {
      text = `✓ ${text}`;
    }
    lines.push({
      part: 'response',
      text,
      tone: response.replied ? 'good' : 'bad',
      calls: [response.call],
      user: users.has(response.to) ? `← ${response.call}` : '',
    });
  }
  if ((step.ended === 'replied' || step.ended === 'rejected') && !own) {
    lines.push({part: 'end', text: '✓ ends', tone: 'good'});
  }
  return lines;
}

/** The lines of a step, the first of them what the event is. */
function tellStep(step, users, deferreds, looked) {
  const head = headLine(step);
  if (step.kind === 'start-ingress') {
    head.user = `${step.call} →`;
  }
  const lines = [head, ...faultLines(step)];
  if (step.ran === 'code' && !step.rolled_back) {
    lines.push(...codeLines(step, looked));
  } else if (!step.rolled_back) {
    // What is watched may depend on the time.
    for (const diff of step.diffs || []) {
      lines.push(changed({part: 'change', variable: diff.variable, tone: 'change'}, '', diff));
    }
  }
  lines.push(...endLines(step), ...responseLines(step, users, deferreds));
  for (const note of step.notes || []) {
    lines.push({part: 'note', text: `note: ${note}`, tone: 'quiet'});
  }
  return lines;
}
