// Two traces aligned, as traces/compare.cc does it: steps are the same when they are about the same
// call in the same state of its run; what is in both but elsewhere has moved.

/** What each step is about, whatever it did; told apart where that says too little. */
function mattersOf(steps) {
  const count = new Map();
  return steps.map((step) => {
    const matter = JSON.stringify([
      step.kind,
      step.lane,
      step.call,
      step.segment || 0,
      step.delivered_call,
      step.call ? '' : step.event,
    ]);
    const again = count.get(matter) || 0;
    count.set(matter, again + 1);
    return again ? `${matter} (${again + 1})` : matter;
  });
}

function sameEffects(a, b) {
  const effects = (step) => JSON.stringify([
    step.arguments,
    step.delivered,
    step.ran,
    step.ended,
    step.trap,
    step.awaiting,
    (step.sends ||
     []).map((each) => [each.call, each.callee, each.method, each.arguments, each.accepted]),
    (step.responses || []).map((each) => [each.call, each.to, each.replied, each.code, each.value]),
    (step.diffs || []).map((each) => [each.canister, each.variable, each.before, each.after]),
  ]);
  return effects(a) === effects(b);
}

/** A longest common subsequence, as pairs of positions; of what is very long a plain one. */
function commonPairs(left, right) {
  const kLongest = 4e6;
  let begin = 0;
  while (begin < left.length && begin < right.length && left[begin] === right[begin]) {
    begin += 1;
  }
  let end = 0;
  while (begin + end < left.length && begin + end < right.length &&
         left[left.length - 1 - end] === right[right.length - 1 - end]) {
    end += 1;
  }
  const rows = left.length - begin - end;
  const columns = right.length - begin - end;
  const pairs = [];
  for (let i = 0; i < begin; ++i) {
    pairs.push([i, i]);
  }
  if ((rows + 1) * (columns + 1) <= kLongest) {
    const width = columns + 1;
    const longest = new Uint32Array((rows + 1) * width);
    for (let i = rows - 1; i >= 0; --i) {
      for (let j = columns - 1; j >= 0; --j) {
        longest[i * width + j] = left[begin + i] === right[begin + j] ?
            longest[(i + 1) * width + j + 1] + 1 :
            Math.max(longest[(i + 1) * width + j], longest[i * width + j + 1]);
      }
    }
    for (let i = 0, j = 0; i < rows && j < columns;) {
      if (left[begin + i] === right[begin + j]) {
        pairs.push([begin + i++, begin + j++]);
      } else if (longest[(i + 1) * width + j] >= longest[i * width + j + 1]) {
        i += 1;
      } else {
        j += 1;
      }
    }
  }
  for (let i = end; i > 0; --i) {
    pairs.push([left.length - i, right.length - i]);
  }
  return pairs;
}

/**
 * Rows of the two, aligned. `left` and `right` are steps counted from 0, -1 for none; `other` is
 * where what has moved is in the other trace.
 * @returns {{kind: 'same' | 'changed' | 'moved' | 'only', left: number, right: number,
 *     other: number}[]}
 */
function compareSteps(leftSteps, rightSteps) {
  const left = mattersOf(leftSteps);
  const right = mattersOf(rightSteps);
  const leftAt = new Map(left.map((matter, i) => [matter, i]));
  const rightAt = new Map(right.map((matter, i) => [matter, i]));
  const rows = [];
  let i = 0;
  let j = 0;
  const upTo = (leftEnd, rightEnd) => {
    for (; i < leftEnd; ++i) {
      const other = rightAt.get(left[i]) ?? -1;
      rows.push({kind: other < 0 ? 'only' : 'moved', left: i, right: -1, other});
    }
    for (; j < rightEnd; ++j) {
      const other = leftAt.get(right[j]) ?? -1;
      rows.push({kind: other < 0 ? 'only' : 'moved', left: -1, right: j, other});
    }
  };
  for (const [atLeft, atRight] of commonPairs(left, right)) {
    upTo(atLeft, atRight);
    const same = sameEffects(leftSteps[i], rightSteps[j]);
    rows.push({kind: same ? 'same' : 'changed', left: i++, right: j++, other: -1});
  }
  upTo(left.length, right.length);
  return rows;
}

/** Variables that end otherwise: `before` at the end of the left trace, `after` of the right. */
function differentEnds(left, right) {
  const ends = new Map();
  const note = (doc, side) => {
    for (const diff of doc.final_variables || []) {
      const name = diff.canister ? `${diff.canister}.${diff.variable}` : diff.variable;
      if (!ends.has(name)) {
        ends.set(name, {name, before: diff.before, after: diff.before});
      }
      ends.get(name)[side] = diff.after;
    }
  };
  note(left, 'before');
  note(right, 'after');
  return [...ends.values(), ...differentAnswers(left, right)].filter(
      (end) => end.before !== end.after);
}

/** Users' calls with another answer; without one counts where the schedule ends for good. */
function differentAnswers(left, right) {
  const answer = (doc, call) => {
    const told = (doc.calls || []).find((each) => each.name === call.name);
    return told && (told.result || ((doc.wait_for || []).length ? '(never)' : ''));
  };
  return (left.calls || [])
      .filter((call) => !call.parent && answer(left, call) && answer(right, call))
      .map((call) => ({
             name: `answer to ${call.name}`,
             before: answer(left, call),
             after: answer(right, call),
           }));
}
