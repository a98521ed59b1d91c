// Portfolio: all drawing strategies take turns, since none of them is best for every bug.
//
// Random walk, PCT, POS, URW, SURW and delay bounding, as they are by themselves; what each of them
// draws for a schedule is what it would draw for that number alone. Feedback decides only whose
// turn it is (internal/turns.h): who lately covered what no schedule before had covered
// (coverage.h) gets more schedules, and all keep some. Whose turn schedule i is depends on the seed
// and on the schedules before the round of 1024 that i lies in, never on threads.
#include <heddle/checker/internal/census.h>
#include <heddle/checker/sample.h>

namespace heddle {

Findings portfolio(const Search& search) {
  const auto census = internal::take_census(search);
  return sample(search, search.options.schedules,
                {{Strategy::kRandom, make_random_walker},
                 {Strategy::kPct, pct_maker(search)},
                 {Strategy::kPos, make_partial_order_sampler},
                 {Strategy::kUrw, urw_maker(census)},
                 {Strategy::kSurw, surw_maker(census)},
                 {Strategy::kDelay, delay_maker(search)}});
}

}  // namespace heddle
