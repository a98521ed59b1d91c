;; A composite query.
(module
  (import "ic0" "msg_reply" (func $reply))
  (func (export "canister_composite_query all") (call $reply))
  (func (export "canister_query one") (call $reply))
  (func (export "canister_update run") (call $reply)))
