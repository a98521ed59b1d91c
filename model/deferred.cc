#include <fmt/format.h>

#include <heddle/model/deferred.h>

namespace heddle::internal {

DeferredHandle make_deferred(std::source_location where, Shown (*show_value)(std::string_view)) {
  Frame& frame = Frame::current("a Deferred was made");
  const auto handle = View::current("a Deferred was made").defer(where, show_value);
  if (!handle) {
    throw Reject(RejectCode::kCallError,
                 "the Deferred could not be made: the canister has no free slot to itself");
  }
  frame.made(*handle);
  return *handle;
}

FutureBase deferred_future(const DeferredHandle& handle) {
  View& view = View::current("a Deferred was awaited");
  Frame& frame = Frame::current("a Deferred was awaited");
  if (!frame.owns(handle)) {
    view.misuse(
        "a Deferred was awaited by another context than made it: only the maker awaits, any "
        "execution of the canister may resolve");
  }
  if (!frame.take(handle.index)) {
    view.misuse("future() of a Deferred was called twice: keep the future, or the value it gave");
  }
  return FutureBase::of_open_call(handle.index);
}

namespace {

void settle(const DeferredHandle& handle, const Answer& answer) {
  View& view = View::current("a Deferred was resolved");
  if (!view.is_disposing()) {
    view.resolve(view.tables().values.intern(handle.to_bytes()), answer);
  }
}

}  // namespace

void resolve_deferred(const DeferredHandle& handle, const std::string& value) {
  View& view = View::current("a Deferred was resolved");
  settle(handle,
         {true, RejectCode::kNone, view.is_disposing() ? 0 : view.tables().values.intern(value)});
}

void reject_deferred(const DeferredHandle& handle, const Reject& reject) {
  View& view = View::current("a Deferred was rejected");
  settle(handle, {false, RejectCode::kCanisterReject,
                  view.is_disposing() ? 0 : view.tables().values.intern(reject.text)});
}

void encode_deferred(const DeferredHandle& handle, Encoder& out) {
  out.raw(handle.to_bytes());
}

DeferredHandle decode_deferred(Decoder& in) {
  DeferredHandle handle;
  handle.context = std::string(in.raw(in.count()));
  handle.index = static_cast<CallIndex>(in.varint());
  return handle;
}

Shown show_deferred(const DeferredHandle& handle) {
  return {Shown::Kind::kName, handle.context.empty()
                                  ? "no Deferred"
                                  : fmt::format("{}/{}", handle.context, handle.index + 1)};
}

}  // namespace heddle::internal
