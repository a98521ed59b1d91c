// Answers. In C++: Callee in examples/parallel_calls/caller.h.
persistent actor Callee {
  public func ping() : async () {};
};
