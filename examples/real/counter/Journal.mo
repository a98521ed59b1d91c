// What the other counters call before they are done: anything that answers.
persistent actor Journal {
  public func note() : async () {};
};
