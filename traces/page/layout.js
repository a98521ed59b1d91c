// Where everything of the drawing is: a row for each step, a lane for each canister, a sub-column
// for each call that is open in it.

const kLine = 18;
const kPad = 5;
const kGap = 24;
const kLabel = 20;  // below the steps that decide and fail
const kSlotsDrawn = 24;
const kHeldDrawn = 3;
const kHeldWidth = 17;
const kLaneTextMin = 150;
const kTextMax = 64;  // characters that a lane is widened for

class Layout {
  constructor(model) {
    this.model = model;
    this.hiddenLanes = new Set();
    this.isHidden = () => false;
    // The numbers of the steps take the first column.
    this.number = 22 + 8 * Math.max(3, String(model.steps.length).length);
  }

  rowsLayout() {
    const count = this.model.steps.length;
    this.top = new Float64Array(count + 1);
    this.height = new Float64Array(count);
    this.gaps = [];
    let y = 4;
    for (let i = 0; i < count; ++i) {
      this.top[i] = y;
      if (!this.isHidden(i)) {
        this.height[i] = this.model.lines[i].length * kLine + 2 * kPad;
        y += this.height[i] + (this.isLabelled(i) ? kLabel : 0);
        continue;
      }
      let end = i;
      while (end < count && this.isHidden(end)) {
        this.top[end] = y + kGap / 2;
        end += 1;
      }
      this.gaps.push({from: i, count: end - i, y});
      y += kGap;
      i = end - 1;
    }
    this.top[count] = y;
    this.bottom = y;
  }

  /** Below it stands what it is: where it is decided, or where it fails. */
  isLabelled(i) {
    return i === this.model.failing || i + 1 === this.model.doc.critical_step;
  }

  lanesLayout() {
    const raced = new Set();
    for (const race of this.model.races) {
      for (const {step} of momentsOf(this.model, race)) {
        raced.add(laneOf(this.model.steps[step]));
      }
    }
    const characters = new Map(this.model.lanes.map((lane) => [lane.name, 0]));
    const needed = new Map();
    this.model.steps.forEach((step, i) => {
      const lane = laneOf(step);
      for (const line of this.model.lines[i]) {
        const length = line.text.length + (line.place ? line.place.length + 2 : 0) + 4;
        characters.set(lane, Math.max(characters.get(lane) || 0, Math.min(length, kTextMax)));
        needed.set(lane, Math.max(needed.get(lane) || 0, neededFor(line)));
        if (line.user) {
          characters.set(kUsersLane, Math.max(characters.get(kUsersLane) || 0, line.user.length));
        }
      }
    });
    this.lanes = new Map();
    const shown = [];
    for (const lane of this.model.lanes) {
      const slots = Math.min(lane.slots, kSlotsDrawn);
      const slotWidth = slots <= 6 ? 20 : slots <= 12 ? 14 : 9;
      const held = kHeldWidth * Math.min(lane.heldSlots, kHeldDrawn);
      const gutter = held + (lane.kind === 'canister' ? (raced.has(lane.name) ? 30 : 12) : 6);
      // One message that waits is drawn as an arrow; several, at the lane's right edge.
      const waiting = lane.waitingMax > 1 ? Math.min(4 * lane.waitingMax, 24) + 4 : 0;
      // Between the bars and the text there is room for the tip of an arrow.
      const bars = gutter + slots * slotWidth + (lane.kind === 'canister' ? 13 : 0);
      const isShown = !this.hiddenLanes.has(lane.name);
      const place = {
        lane,
        slotWidth,
        gutter,
        held,
        waiting,
        bars,
        isShown,
        wish: bars + characters.get(lane.name) * this.character + 14 + waiting,
        least: bars + waiting +
            Math.max(lane.kind === 'canister' ? kLaneTextMin : 64,
                     (needed.get(lane.name) || 0) * this.character + 14),
      };
      this.lanes.set(lane.name, place);
      if (isShown) {
        shown.push(place);
      }
    }
    // Each gets what it would like, or, where that is too much, the widest are cut to one width.
    const room = (this.everything ? 1000 : this.scroller.clientWidth) - this.number - 2;
    let cap = 2000;
    const width = (place) => Math.max(place.least, Math.min(place.wish, place.bars + cap));
    while (cap > 100 && shown.reduce((sum, place) => sum + width(place), 0) > room) {
      cap -= 10;
    }
    const spare = room - shown.reduce((sum, place) => sum + width(place), 0);
    const wide = shown.filter((place) => place.lane.kind === 'canister').length;
    let x = this.number;
    for (const place of this.lanes.values()) {
      place.x = x;
      place.width = place.isShown ? width(place) : 0;
      if (place.isShown && place.lane.kind === 'canister' && spare > 0) {
        place.width += Math.min(spare / wide, 120);
      }
      x += place.width;
    }
    this.width = x;
  }

  y(step, line = 0) {
    return this.height[step] === 0 ? this.top[step] : this.top[step] + kPad + (line + 0.5) * kLine;
  }

  /** The middle of a call's bar; of a lane without bars its left or right edge. */
  barX(laneName, callName, towards) {
    const place = this.lanes.get(laneName);
    const call = this.model.calls.get(callName);
    if (place.lane.kind !== 'canister') {
      return towards < place.x ? place.x : place.x + place.width;
    }
    const slot = call && call.lane === laneName ? Math.min(call.slot, kSlotsDrawn - 1) : 0;
    return place.x + place.gutter + (slot + 0.5) * place.slotWidth;
  }

  isLaneShown(name) {
    return this.lanes.get(name)?.isShown || false;
  }

  /** The first step whose row ends below `y`. */
  stepAt(y) {
    let low = 0;
    let high = this.model.steps.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.top[middle + 1] <= y) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return Math.min(low, this.model.steps.length - 1);
  }
}
