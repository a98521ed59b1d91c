// What is drawn behind the rows: bars and suspensions of calls, arrows of messages, the bracket of
// a race. All of it is SVG, made anew for the range that is seen.

const kLabelCharacter = 6.8;

/** Text that runs down a bar, on a plate of its own: `x` is the bar's middle. */
function downward(kind, x, y, width, text) {
  const length = text.length * kLabelCharacter + 6;
  return svg('g', {transform: `translate(${x} ${y}) rotate(90)`},
             svg('rect', {class: 'plate', x: -length / 2, y: -width / 2, width: length, height: width, rx: 2}),
             svg('text', {class: kind, y: 4}, text));
}

class Drawing extends Layout {
  /** A hatching for each hue, so that calls differ without colour too. */
  makePatterns() {
    const shapes = [
      'M0 8 L8 0',
      'M0 0 L8 8',
      'M0 4 H8',
      'M0 8 L8 0 M0 0 L8 8',
      'M4 0 V8',
      'M0 2 H8 M0 6 H8',
      'M4 0 V8 M0 4 H8',
      'M0 6 L4 2 L8 6',
    ];
    return svg(
        'defs', {},
        shapes.map(
            (shape, hue) =>
                svg('pattern',
                    {id: `hatch-${hue}`, width: 8, height: 8, patternUnits: 'userSpaceOnUse'},
                    svg('rect', {class: `hatch-ground hue-${hue}`, width: 8, height: 8}),
                    svg('path', {class: `hatch-line hue-${hue}`, d: shape}))));
  }

  drawCall(call, first, last, drawn) {
    if (call.pieces.every((i) => this.height[i] === 0)) {
      return;
    }
    const x = this.barX(call.lane, call.name);
    const half = Math.min(8, this.lanes.get(call.lane).slotWidth / 2 - 1);
    call.pieces.forEach((i, k) => {
      const next = call.pieces[k + 1] ?? (call.unfinished ? this.model.steps.length : undefined);
      if (i >= first && i <= last) {
        this.drawPiece(i, x, half, call, drawn);
      }
      if (next !== undefined && next >= first && i <= last) {
        this.drawSpan(call, i, next, x, half, drawn);
      }
    });
  }

  drawPiece(i, x, half, call, drawn) {
    const step = this.model.steps[i];
    if (this.height[i] === 0) {
      return;
    }
    const top = this.top[i] + 2;
    const bottom = this.top[i] + this.height[i] - 3;
    const undone = step.rolled_back ? ' undone' : '';
    drawn.push(svg('rect', {
      class: `piece hue-${call.hue}${undone}`,
      x: x - half,
      y: top,
      width: 2 * half,
      height: bottom - top,
      rx: 2,
    }));
    if (step.rolled_back) {
      drawn.push(
          svg('path', {class: 'rollback', d: `M${x - half - 3} ${bottom} H${x + half + 3}`}),
          svg('text', {class: 'sign bad', x, y: (top + bottom) / 2 + 5}, '↺'));
    } else if (step.committed) {
      drawn.push(svg('path', {class: 'commit', d: `M${x - half - 3} ${bottom} H${x + half + 3}`}));
    }
  }

  /** Suspended from the end of one piece to the start of the next. */
  drawSpan(call, i, next, x, half, drawn) {
    const step = this.model.steps[i];
    const top = this.height[i] ? this.top[i] + this.height[i] - 3 : this.top[i];
    const isEnd = next >= this.model.steps.length;
    const bottom = isEnd ? this.bottom : this.height[next] ? this.top[next] + 2 : this.top[next];
    const from = Math.max(top, this.range.from - 20);
    const to = Math.min(bottom, this.range.to + 20);
    if (to <= from) {
      return;
    }
    const waits = step.ended === 'suspended';
    const label = waits ? `awaits ${step.awaiting}` : 'answered, its calls are not';
    drawn.push(
        svg('rect', {
          class: `span hue-${call.hue}${waits ? '' : ' answered'}${isEnd ? ' open' : ''}`,
          fill: waits ? `url(#hatch-${call.hue})` : 'none',
          x: x - half + 1.5,
          y: from,
          width: 2 * half - 3,
          height: to - from,
        },
            svg('title', {}, `${call.name} ${label}`)));
    const room = Math.floor((Math.min(bottom - top, 600) - 12) / kLabelCharacter);
    if (half < 7 || room < 5) {
      return;
    }
    const words = (waits ? step.awaiting : label).replace(/ \(.*/, '');
    const text = words.length <= room ? words : `${words.slice(0, room - 1)}…`;
    for (let y = top + (bottom - top > 900 ? 300 : (bottom - top) / 2); y < bottom; y += 600) {
      if (y > from - 400 && y < to + 400) {
        this.labels.push(downward('span-label', x, y, 2 * half - 1, text));
      }
    }
  }

  /** What calls hold across their awaits, along the left edge of the lane. */
  drawHeld(place, first, last, drawn) {
    for (const {name, call, from, to, slot} of place.lane.held) {
      if (this.height[from] === 0 || from > last || to < first || slot >= kHeldDrawn) {
        continue;
      }
      const isEnd = to >= this.model.steps.length;
      const top = this.top[from] + this.height[from] / 2;
      const bottom = isEnd ? this.bottom : this.top[to] + this.height[to] / 2;
      const x = place.x + 2 + slot * kHeldWidth;
      drawn.push(svg('rect', {
        class: `held${isEnd ? ' open' : ''}`,
        x,
        y: top,
        width: kHeldWidth - 3,
        height: Math.max(bottom - top, 2),
        rx: 2,
      },
                     svg('title', {}, `${call} holds ${name} from step ${from + 1} ${
                                          isEnd ? 'on' : `to step ${to + 1}`}`)));
      const room = Math.floor((bottom - top - 8) / kLabelCharacter);
      const words = `${name} ${isEnd ? 'stays held' : 'held'}`;
      const text = words.length <= room ? words : name.slice(0, Math.max(room, 0));
      if (text.length > 1) {
        const middle = Math.max(top, this.range.from) / 2 + Math.min(bottom, this.range.to) / 2;
        this.labels.push(downward('held-label', x + (kHeldWidth - 3) / 2, middle, kHeldWidth - 4, text));
      }
    }
  }

  /** How many messages wait for the canister, along the right edge of its lane. */
  drawWaiting({lane, x, width, waiting}, first, last, drawn) {
    if (!waiting) {
      return;
    }
    const right = x + width - 1;
    const unit = (waiting - 4) / lane.waitingMax;
    let path = `M${right} ${this.top[first]}`;
    for (let i = first; i <= last; ++i) {
      path += ` H${right - unit * (lane.requests[i] + lane.responses[i])} V${this.top[i + 1]}`;
    }
    drawn.push(svg('path', {class: 'waiting', d: `${path} H${right} Z`},
                   svg('title', {},
                       `Messages that wait for ${lane.name}: up to ${lane.waitingMax}`)));
  }

  drawArrow(arrow, drawn, hits) {
    const {from, to} = arrow;
    // What is filtered out has no arrows, either.
    if (this.height[from.step] === 0 || (to && this.height[to.step] === 0)) {
      return;
    }
    const target = to ? to.lane : arrow.lane;
    if (!this.isLaneShown(from.lane) ||
        (target && this.lanes.has(target) && !this.isLaneShown(target))) {
      return;
    }
    const y1 = this.y(from.step, from.line);
    const aim = this.lanes.get(target);
    const aimX = aim ? aim.x + aim.width / 2 : this.width;
    const middle1 = this.barX(from.lane, from.call, aimX);
    const same = target === from.lane;
    const hue = this.model.calls.get(arrow.call)?.hue ?? 0;
    const chosen = from.step === this.selected || (to && to.step === this.selected);
    const kind = `arrow ${arrow.kind} hue-${hue}${arrow.oneWay ? ' one-way' : ''}${
        arrow.injected || arrow.synthetic ? ' injected' : ''}${chosen ? ' chosen' : ''}`;
    const edge = (name, x, towards) => {
      const isCanister = this.lanes.get(name).lane.kind === 'canister';
      return isCanister ? x + (towards > x ? 9 : -9) : x;
    };
    if (!to) {
      // The line beside it says so.
      const x1 = edge(from.lane, middle1, aimX);
      const x2 = x1 + (aimX > middle1 ? 8 : -8);
      drawn.push(svg('path', {class: `${kind} stub`, d: `M${x1} ${y1} H${x2} M${x2} ${y1 - 5} V${y1 + 5}`},
                     svg('title', {}, `${arrow.call}: never delivered in this schedule`)));
      return;
    }
    const y2 = this.y(to.step, to.line);
    const middle2 = this.barX(to.lane, to.call, middle1);
    let x1 = edge(from.lane, middle1, middle2);
    let x2 = edge(to.lane, middle2, middle1);
    let bend = Math.max(24, Math.abs(x2 - x1) * 0.45) * (x2 > x1 ? 1 : -1);
    let heading = Math.sign(bend);
    let path = `M${x1} ${y1} C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`;
    if (same) {
      x1 = middle1 + 9;
      x2 = middle2 + 9;
      bend = Math.min(60, 24 + Math.abs(y2 - y1) / 8);
      heading = -1;
      path = `M${x1} ${y1} C${x1 + bend} ${y1} ${x2 + bend} ${y2} ${x2} ${y2}`;
      if (arrow.synthetic) {
        path = `M${x1 + 40} ${y1} C${x1 + 40} ${(y1 + y2) / 2} ${x2 + bend} ${y2} ${x2} ${y2}`;
      }
    } else if (y1 === y2) {
      path = `M${x1} ${y1} H${x2}`;
    }
    drawn.push(
        svg('path', {class: kind, d: path, 'data-from': from.step + 1, 'data-to': to.step + 1}),
        svg('path', {
          class: `${kind} tip`,
          d: arrow.kind === 'request' ?
              `M${x2} ${y2} l${- 9 * heading} -4.5 v9 z` :
              `M${x2 - 8 * heading} ${y2 - 5} L${x2} ${y2} L${x2 - 8 * heading} ${y2 + 5}`,
        }));
    if (arrow.synthetic) {
      drawn.push(svg('text', {class: 'sign bad', x: same ? x1 + 40 : x1, y: y1 + 4}, '⌀'));
    }
    // Within a lane the line beside it says the code.
    if (arrow.code && !same) {
      drawn.push(
          svg('text', {
            class: 'code',
            x: x2 - heading * 14,
            y: y2 - 6,
            'text-anchor': heading > 0 ? 'end' : 'start',
          },
              `✕ ${arrow.code}`));
    }
    hits.push(
        svg('path', {
          class: 'hit',
          d: path,
          onclick: () => this.actions.select(this.selected === to.step ? from.step : to.step),
        },
            svg('title', {},
                `${arrow.kind} of ${arrow.call}: step ${from.step + 1} to step ${to.step + 1}`)));
  }

  /** Read, intruder and write, joined, in the gutter of their lane. */
  drawBracket(drawn) {
    const moments = this.moments.filter((moment) => {
      const lane = laneOf(this.model.steps[moment.step]);
      return this.isLaneShown(lane) && this.height[moment.step] > 0;
    });
    if (moments.length < 2) {
      return;
    }
    const at = moments.map((moment) => {
      const lane = laneOf(this.model.steps[moment.step]);
      const place = this.lanes.get(lane);
      return {
        ...moment,
        x: place.x + place.held + 12,
        bar: this.barX(lane, this.model.steps[moment.step].call) - 8,
        y: this.y(moment.step, moment.line),
      };
    });
    for (let k = 1; k < at.length; ++k) {
      drawn.push(svg('path', {
        class: 'bracket',
        d: `M${at[k - 1].x} ${at[k - 1].y} L${at[k].x} ${at[k].y}`,
      }));
    }
    for (const moment of at) {
      drawn.push(
          svg('path', {class: 'bracket', d: `M${moment.x} ${moment.y} H${moment.bar}`}),
          svg('circle', {class: `moment which-${moment.which}`, cx: moment.x, cy: moment.y, r: 8}),
          svg('text', {class: 'moment-letter', x: moment.x, y: moment.y + 4}, moment.letter));
    }
  }
}
