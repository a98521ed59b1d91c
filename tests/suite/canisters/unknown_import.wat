;; Asks for what the Internet Computer does not have.
(module
  (import "ic0" "msg_replay" (func))
  (func (export "canister_update run")))
