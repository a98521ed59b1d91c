/// The timer libraries of Motoko and of the Rust CDK, which make many timers of the one global
/// timer that a canister has [T1], by messages of the canister to itself [T5, T6].
///
///     class Shop : public MotokoTimers<Shop> {
///      public:
///       Update<> open() {
///         recurring_timer(60, &Shop::restock);
///         co_return;
///       }
///       Async<> restock() { ... }
///
///       static auto jobs() { return std::array{&Shop::restock}; }
///       HEDDLE_CANISTER(Shop, open, restock, global_timer, timer_helper)
///     };
///
/// `jobs()` names what timers run, since closures are no values. With a clock (Scenario::clock)
/// timers are due at their time; without one, whenever the global timer fires all that are set are
/// due, at once. A timer has the lowest number that no other has, where the libraries count on.
///
/// Timers are lost by an upgrade: what they run is code [S16].
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include <heddle/model/language.h>

namespace heddle {

namespace internal {

/// A timer that is set.
struct TimerJob {
  std::uint64_t id = 0;
  std::uint64_t job = 0;    ///< which of Self::jobs()
  std::uint64_t due = 0;    ///< second on the model's clock
  std::uint64_t every = 0;  ///< seconds; 0: once
  bool serial = false;      ///< CdkTimers: not while it runs
  bool waits = true;        ///< CdkTimers: for its time, and not only for the end of its calls
  std::uint64_t running = 0;
  friend bool operator==(const TimerJob&, const TimerJob&) = default;
  HEDDLE_FIELDS(TimerJob, id, job, due, every, serial, waits, running)
};

using TimerJobs = std::vector<TimerJob>;

/// Whether `job` comes before `other`: by time, and of one time as they were set.
inline bool is_due_before(const TimerJob& job, const TimerJob& other) {
  return job.due < other.due;
}

/// Puts it behind those that are due no later.
inline void insert(TimerJobs& jobs, TimerJob job) {
  jobs.insert(std::upper_bound(jobs.begin(), jobs.end(), job, is_due_before), std::move(job));
}

inline void put_in_order(TimerJobs& jobs) {
  const TimerJobs unordered = std::exchange(jobs, {});
  for (const TimerJob& job : unordered) {
    insert(jobs, job);
  }
}

inline std::uint64_t free_id(const TimerJobs& jobs) {
  std::uint64_t id = 1;
  while (
      std::any_of(jobs.begin(), jobs.end(), [id](const TimerJob& job) { return job.id == id; })) {
    ++id;
  }
  return id;
}

/// The next time of a recurring timer: it keeps its grid, and skips what has been missed.
inline std::uint64_t next_on_grid(const TimerJob& job, std::uint64_t now) {
  return job.due + job.every * (1 + (now - std::min(now, job.due)) / job.every);
}

/// What both libraries keep, on the rules of `Base`.
template <class Self, class Base>
class Timers : public Base {
 protected:
  Timers() = default;

  /// Seconds on the model's clock; 0 without one.
  [[nodiscard]] std::uint64_t now() const {
    constexpr std::uint64_t kNanoseconds = 1'000'000'000;
    const Directory* const directory = this->heddle_directory();
    return directory != nullptr && directory->clock ? Base::time() / kNanoseconds : 0;
  }

  template <class Job>
  [[nodiscard]] static std::uint64_t number_of(Job job) {
    const auto jobs = Self::jobs();
    const auto found = std::find(jobs.begin(), jobs.end(), job);
    if (found == jobs.end()) {
      throw Misuse("a timer is set for what jobs() does not list");
    }
    return static_cast<std::uint64_t>(found - jobs.begin());
  }

  std::uint64_t add(std::uint64_t seconds, std::uint64_t every, std::uint64_t job, bool serial) {
    const std::uint64_t at = now();
    const bool clock = at != 0 || this->heddle_directory()->clock;
    TimerJob set;
    set.job = job;
    set.due = clock ? at + seconds : 0;
    set.every = every;
    set.serial = serial;
    const std::uint64_t id = timers.update([set](TimerJobs& jobs) {
      TimerJob added = set;
      added.id = free_id(jobs);
      insert(jobs, added);
      return added.id;
    });
    arm(at);
    return id;
  }

  void remove(std::uint64_t id) {
    timers.update([id](TimerJobs& jobs) {
      std::erase_if(jobs, [id](const TimerJob& job) { return job.id == id; });
    });
  }

  /// The global timer for the first that waits.
  void arm(std::uint64_t at) {
    const std::uint64_t seconds = timers.ask([at](const TimerJobs& jobs) {
      const auto first = std::find_if(jobs.begin(), jobs.end(), &waits);
      return first == jobs.end()
                 ? std::uint64_t{0}
                 : std::max<std::uint64_t>(1, first->due - std::min(at, first->due));
    });
    if (seconds == 0) {
      Base::cancel_timer();
    } else {
      Base::set_timer(seconds);
    }
  }

  Var<TimerJobs> timers{this, "timers", {}, transient};

 private:
  static bool waits(const TimerJob& job) { return job.waits; }
};

}  // namespace internal

/// A Motoko canister with `setTimer` and `recurringTimer` [T5]. Where the global timer fires, a
/// message to the canister itself starts up to ten jobs that are due, each by a message of its own.
/// So a job begins two messages after the task, beside everything else and beside its own next
/// time. If there is no slot for its message it is due again at once.
///
/// The class lists `global_timer` and `timer_helper`; jobs are its `Async<>` methods.
template <class Self>
class MotokoTimers : public internal::Timers<Self, Canister> {
 public:
  TimerTask global_timer() {
    const Future<> helper = async(&MotokoTimers::timer_helper);
    co_return;
  }

  Async<> timer_helper() {
    const std::uint64_t now = this->now();
    const internal::TimerJobs due = this->timers.update([now](internal::TimerJobs& jobs) {
      internal::TimerJobs taken;
      while (taken.size() < kJobsMax && !jobs.empty() && jobs.front().due <= now) {
        taken.push_back(jobs.front());
        jobs.erase(jobs.begin());
      }
      for (internal::TimerJob job : taken) {
        if (job.every != 0) {
          job.due = now == 0 ? 0 : internal::next_on_grid(job, now);
          internal::insert(jobs, job);
        }
      }
      return taken;
    });
    this->arm(now);
    for (const internal::TimerJob& job : due) {
      const auto sent = start(job.job);
      if (!sent) {
        again(job);
      }
    }
    co_return;
  }

 protected:
  MotokoTimers() = default;

  /// Returns the timer's number.
  template <class Job>
  std::uint64_t set_timer(std::uint64_t seconds, Job job) {
    return this->add(seconds, 0, this->number_of(job), false);
  }

  /// With 0 seconds it runs once, as Motoko's does.
  template <class Job>
  std::uint64_t recurring_timer(std::uint64_t seconds, Job job) {
    return this->add(seconds, seconds, this->number_of(job), false);
  }

  /// Its messages that are on their way are not called back.
  void cancel_timer(std::uint64_t id) { this->remove(id); }

 private:
  static constexpr std::size_t kJobsMax = 10;

  /// False: no slot.
  static bool start(std::uint64_t job) {
    try {
      const Future<> started = async(Self::jobs()[job]);
      return true;
    } catch (const Reject&) {
      return false;
    }
  }

  void again(internal::TimerJob job) {
    job.due = 0;
    job.every = 0;
    this->timers.update([job](internal::TimerJobs& jobs) {
      internal::TimerJob first = job;
      first.id = internal::free_id(jobs);
      jobs.insert(jobs.begin(), first);
    });
    this->arm(0);
  }
};

/// A Rust canister with the timers of ic-cdk-timers [T6]: each task that is due is a bounded-wait
/// call of the canister to itself, of which at most 250 are open, and at most five of one interval.
/// A call that is rejected with SYS_TRANSIENT or SYS_UNKNOWN is made again: a call that expires
/// after it was executed runs its task twice [D13, D21]. A task that traps is dropped, or waits for
/// its next time.
///
/// The class lists `global_timer` and `timer_executor`; tasks are its `Star<>` functions.
template <class Self>
class CdkTimers : public internal::Timers<Self, RustCanister> {
 public:
  TimerTask global_timer() {
    const std::uint64_t now = this->now();
    std::vector<std::uint64_t> ids =
        this->timers.update([now](internal::TimerJobs& jobs) { return dispatch(jobs, now); });
    this->arm(now);
    std::vector<Future<>> calls;
    for (const std::uint64_t id : ids) {
      calls.push_back(call(with_timeout(Ref<Self>(this->heddle_id()), Send::kTimeoutMax),
                           &CdkTimers::timer_executor, id));
    }
    while (!calls.empty()) {
      const First<Outcome<>> first = co_await any_settled(calls);
      const auto at = static_cast<std::ptrdiff_t>(first.index);
      settle(ids[first.index], first.value);
      calls.erase(calls.begin() + at);
      ids.erase(ids.begin() + at);
    }
  }

  /// Runs the task, for the canister itself.
  Update<> timer_executor(std::uint64_t id) {
    if (this->caller() != this->principal_of(this->self())) {
      trap("only the canister itself may run its timers");
    }
    const std::uint64_t job = this->timers.ask([id](const internal::TimerJobs& jobs) {
      const auto found = std::find_if(
          jobs.begin(), jobs.end(), [id](const internal::TimerJob& each) { return each.id == id; });
      return found == jobs.end() ? kNone : found->job;
    });
    if (job != kNone) {
      const auto task = Self::jobs()[job];
      co_await (static_cast<Self*>(this)->*task)();
    }
  }

 protected:
  CdkTimers() = default;

  /// Returns the timer's number.
  template <class Job>
  std::uint64_t set_timer(std::uint64_t seconds, Job job) {
    return this->add(seconds, 0, this->number_of(job), false);
  }

  /// Its next time comes whether its task has ended or not.
  template <class Job>
  std::uint64_t set_timer_interval(std::uint64_t seconds, Job job) {
    return this->add(seconds, std::max<std::uint64_t>(1, seconds), this->number_of(job), false);
  }

  /// Times that come while its task runs are skipped.
  template <class Job>
  std::uint64_t set_timer_interval_serial(std::uint64_t seconds, Job job) {
    return this->add(seconds, std::max<std::uint64_t>(1, seconds), this->number_of(job), true);
  }

  void clear_timer(std::uint64_t id) { this->remove(id); }

 private:
  static constexpr std::uint64_t kCallsMax = 250;
  static constexpr std::uint64_t kCallsOfOneMax = 5;
  static constexpr std::uint64_t kNone = ~std::uint64_t{0};

  /// The numbers of those whose calls are made. An interval waits for its next time from now on.
  static std::vector<std::uint64_t> dispatch(internal::TimerJobs& jobs, std::uint64_t now) {
    std::uint64_t open = 0;
    for (const internal::TimerJob& job : jobs) {
      open += job.running;
    }
    std::vector<std::uint64_t> ids;
    for (internal::TimerJob& job : jobs) {
      if (!job.waits || job.due > now || open >= kCallsMax) {
        continue;
      }
      const bool skipped =
          job.every != 0 && job.running >= (job.serial ? std::uint64_t{1} : kCallsOfOneMax);
      if (!skipped) {
        ids.push_back(job.id);
        ++job.running;
        ++open;
      }
      job.waits = job.every != 0;
      if (job.every != 0 && now != 0) {
        job.due = internal::next_on_grid(job, now);
      }
    }
    internal::put_in_order(jobs);
    return ids;
  }

  void settle(std::uint64_t id, const Outcome<>& outcome) {
    const bool again = !outcome.replied() && (outcome.reject().code == RejectCode::kSysTransient ||
                                              outcome.reject().code == RejectCode::kSysUnknown ||
                                              outcome.reject().code == RejectCode::kCallError);
    this->timers.update([id, again](internal::TimerJobs& jobs) {
      for (internal::TimerJob& job : jobs) {
        if (job.id == id) {
          job.running -= std::min<std::uint64_t>(1, job.running);
          job.waits = job.waits || again;
          job.due = again ? 0 : job.due;
        }
      }
      std::erase_if(jobs, [id](const internal::TimerJob& job) {
        return job.id == id && !job.waits && job.running == 0;
      });
      internal::put_in_order(jobs);
    });
    if (again) {
      this->arm(0);
    }
  }
};

}  // namespace heddle
