;; Answers by the name of the method, whatever it is asked.
(module
  (import "ic0" "msg_arg_data_size" (func $msg_arg_data_size (result i32)))
  (import "ic0" "msg_arg_data_copy" (func $msg_arg_data_copy (param i32 i32 i32)))
  (import "ic0" "msg_reply_data_append" (func $msg_reply_data_append (param i32 i32)))
  (import "ic0" "msg_reply" (func $msg_reply))
  (import "ic0" "msg_reject" (func $msg_reject (param i32 i32)))
  (memory 1)
  (data (i32.const 0) "DIDL\00\00")
  (data (i32.const 16) "hello")
  ;; A vec of a thousand million nulls, in fourteen bytes.
  (data (i32.const 32) "DIDL\01\6d\7f\01\00\80\94\eb\dc\03")
  (func $reply (param $address i32) (param $size i32)
    (call $msg_reply_data_append (local.get $address) (local.get $size))
    (call $msg_reply))
  ;; Its argument.
  (func (export "canister_update echo")
    (call $msg_arg_data_copy (i32.const 1024) (i32.const 0) (call $msg_arg_data_size))
    (call $reply (i32.const 1024) (call $msg_arg_data_size)))
  ;; No result.
  (func (export "canister_update nothing") (call $reply (i32.const 0) (i32.const 6)))
  ;; What is no Candid.
  (func (export "canister_update garbage") (call $reply (i32.const 16) (i32.const 5)))
  (func (export "canister_update bomb") (call $reply (i32.const 32) (i32.const 14)))
  (func (export "canister_update refuse") (call $msg_reject (i32.const 16) (i32.const 5)))
  (func (export "canister_update fail") unreachable))
