// What goes along a lane beside its calls: what a call holds across its awaits, as guards are held,
// and how many messages wait for the canister.

/**
 * What a call changes, leaves changed when it suspends, and changes back later, in a piece of its
 * own or in cleanup; of flags also those that it never lowers. Numbers are no guards: what is
 * changed back of them is mostly a refund.
 */
function findHeld(model) {
  const isNumber = (value) => /^-?[\d_.]+$/.test(value);
  for (const lane of model.lanes) {
    lane.held = [];
    lane.heldSlots = 0;
  }
  for (const variable of model.variables.values()) {
    variable.changes.forEach(({step: i, before, after}, k) => {
      const step = model.steps[i];
      const lane = model.laneNamed.get(variable.canister);
      if (!lane || step.lane !== lane.name || step.ended !== 'suspended' || isNumber(before) ||
          isNumber(after)) {
        return;
      }
      const back = variable.changes.slice(k + 1).find(
          (later) => later.after === before && model.steps[later.step].call === step.call);
      if (back || (before === 'false' && after === 'true')) {
        lane.held.push({
          name: variable.variable,
          call: step.call,
          from: i,
          to: back ? back.step : model.steps.length,
          slot: 0,
        });
      }
    });
  }
  for (const lane of model.lanes) {
    const until = [];
    lane.held.sort((a, b) => a.from - b.from);
    for (const held of lane.held) {
      const free = until.findIndex((end) => end <= held.from);
      held.slot = free < 0 ? until.length : free;
      until[held.slot] = held.to;
    }
    lane.heldSlots = until.length;
  }
}

/** After each step, how many requests and responses wait for each canister. */
function findWaiting(model) {
  const requests = new Map();
  const responses = new Map();
  const count = model.steps.length;
  for (const lane of model.lanes) {
    if (lane.kind === 'canister') {
      lane.requests = new Uint16Array(count);
      lane.responses = new Uint16Array(count);
    }
  }
  const now = new Map();
  const change = (lane, which, by) => {
    const counts = now.get(lane) || {requests: 0, responses: 0};
    counts[which] += by;
    now.set(lane, counts);
  };
  const leave = (waiting, which, call) => {
    if (waiting.has(call)) {
      change(waiting.get(call), which, -1);
      waiting.delete(call);
    }
  };
  const enter = (waiting, which, call, lane) => {
    waiting.set(call, lane);
    change(lane, which, 1);
  };
  model.steps.forEach((step, i) => {
    if (step.kind === 'start-request' || step.kind === 'reject-request') {
      leave(requests, 'requests', step.call);
    } else if (step.kind === 'deliver') {
      leave(responses, 'responses', step.delivered_call);
    }
    for (const send of step.sends || []) {
      if (send.accepted && !send.deferred) {
        enter(requests, 'requests', send.call, send.callee);
      }
    }
    for (const response of step.responses || []) {
      if (!model.users.has(response.to)) {
        enter(responses, 'responses', response.call, response.to);
      }
    }
    for (const [name, counts] of now) {
      const lane = model.laneNamed.get(name);
      if (lane?.requests) {
        lane.requests[i] = counts.requests;
        lane.responses[i] = counts.responses;
      }
    }
  });
  for (const lane of model.lanes) {
    lane.waitingMax = 0;
    for (let i = 0; lane.requests && i < count; ++i) {
      lane.waitingMax = Math.max(lane.waitingMax, lane.requests[i] + lane.responses[i]);
    }
  }
}

/** "ledger: 2 requests, 1 response", of each canister for which something waits after step `i`. */
function waitingAfter(model, i) {
  const words = (count, word) => (count ? [`${count} ${word}${count > 1 ? 's' : ''}`] : []);
  return model.lanes.filter((lane) => lane.requests && i >= 0)
      .map((lane) => [lane.name, [
             ...words(lane.requests[i], 'request'),
             ...words(lane.responses[i], 'response'),
           ]])
      .filter(([, parts]) => parts.length)
      .map(([name, parts]) => `${name}: ${parts.join(', ')}`);
}

/** The messages that are on their way before step `i`: requests by pair of canisters, in order. */
function messagesBefore(model, i) {
  const requests = new Map();
  const responses = new Map();
  const leave = (call) => {
    for (const queue of requests.values()) {
      const at = queue.findIndex((request) => request.call === call);
      if (at >= 0) {
        queue.splice(at, 1);
      }
    }
  };
  for (const step of model.steps.slice(0, i)) {
    if (step.kind === 'start-request' || step.kind === 'reject-request') {
      leave(step.call);
    } else if (step.kind === 'deliver') {
      responses.delete(step.delivered_call);
    }
    for (const send of step.sends || []) {
      if (send.accepted && !send.deferred) {
        const pair = `${step.lane}>${send.callee}`;
        requests.set(pair, [...(requests.get(pair) || []), send]);
      }
    }
    for (const response of step.responses || []) {
      responses.set(response.call, response);
    }
  }
  return {requests, responses};
}

/** Which message an event in place of step `i` would be about: "alice#1/1 pay(60)". */
function meaning({requests, responses}, event) {
  const queued = /^(?:start|reject) ([^ >]+>[^ @]+)(?:@(\d+))?/.exec(event);
  if (queued) {
    const request = requests.get(queued[1])?.[(queued[2] || 1) - 1];
    return request ? `${request.call} ${request.method || ''}${request.arguments || ''}` : '';
  }
  const delivered = /^deliver (\S+)/.exec(event);
  const response = delivered && responses.get(delivered[1]);
  return response ? responseText(response).trim() : '';
}
