#include <exception>
#include <string>

#include <heddle/model/finally.h>
#include <heddle/model/reject.h>
#include <heddle/model/trap.h>
#include <heddle/model/view.h>

namespace heddle::internal {

void run_finally(FunctionRef<void()> body) noexcept {
  View* const view = View::current_or_null();
  if (view == nullptr || view->is_disposing() || view->is_trapped() || view->misused()) {
    return;
  }
  try {
    body();
  } catch (const Trap& trap) {
    view->mark_trapped(trap.text());
  } catch (const Reject& reject) {
    view->mark_trapped("a Reject left a finally: \"" + reject.text + "\"");
  } catch (const Misuse&) {
    // Kept by the view; the program throws it again.
  } catch (const std::exception& exception) {
    view->mark_trapped(std::string("an exception left a finally: ") + exception.what());
  } catch (...) {
    view->mark_trapped("an exception left a finally");
  }
}

}  // namespace heddle::internal
