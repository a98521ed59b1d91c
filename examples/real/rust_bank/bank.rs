// The bank of examples/real/withdraw in Rust, without a library: what a canister development kit does for an await is
// written out here. A call's continuation is a function of the module and a number, here the index of a withdrawal.
//
// `withdraw` is buggy: what was read before the call is written back after it, whatever has happened meanwhile.
// `withdraw_deducting` is fixed: it deducts in the execution that looked, and gives back what was not paid. In C++: Bank
// and DeductingBank in examples/withdraw/bank.h.
#![no_std]

use core::panic::PanicInfo;

#[link(wasm_import_module = "ic0")]
extern "C" {
    fn msg_arg_data_size() -> u32;
    fn msg_arg_data_copy(to: *mut u8, offset: u32, size: u32);
    fn msg_reject_msg_size() -> u32;
    fn msg_reject_msg_copy(to: *mut u8, offset: u32, size: u32);
    fn msg_reply_data_append(from: *const u8, size: u32);
    fn msg_reply();
    fn msg_reject(from: *const u8, size: u32);
    fn call_new(
        callee: *const u8,
        callee_size: u32,
        method: *const u8,
        method_size: u32,
        reply: extern "C" fn(u32),
        reply_env: u32,
        reject: extern "C" fn(u32),
        reject_env: u32,
    );
    fn call_data_append(from: *const u8, size: u32);
    fn call_perform() -> u32;
    fn trap(from: *const u8, size: u32) -> !;
}

/// The interface, as a custom section.
#[link_section = "icp:public candid:service"]
pub static CANDID_SERVICE: [u8; 122] = *b"service : (principal, nat) -> {
  get : () -> (nat) query;
  withdraw : (nat) -> ();
  withdraw_deducting : (nat) -> ();
}";

/// What a withdrawal must remember while it waits for the ledger.
#[derive(Clone, Copy)]
struct Withdrawal {
    before: u64,
    amount: u64,
}

struct State {
    ledger: [u8; 29],
    ledger_size: usize,
    balance: u64,
    waiting: [Option<Withdrawal>; 500], // as many as calls to the ledger can be in flight
}

static mut STATE: State = State { ledger: [0; 29], ledger_size: 0, balance: 0, waiting: [None; 500] };

/// The executions of a canister never overlap, and none of ours keeps a reference longer than it lasts.
fn state() -> &'static mut State {
    unsafe { &mut STATE }
}

fn fail(message: &str) -> ! {
    unsafe { trap(message.as_ptr(), message.len() as u32) }
}

#[panic_handler]
fn panicked(_: &PanicInfo) -> ! {
    fail("panicked")
}

fn reject(message: &[u8]) {
    unsafe { msg_reject(message.as_ptr(), message.len() as u32) }
}

/// Answers with Candid values whose header and content are `bytes`.
fn reply(bytes: &[u8]) {
    unsafe {
        msg_reply_data_append(bytes.as_ptr(), bytes.len() as u32);
        msg_reply();
    }
}

const NOTHING: &[u8] = b"DIDL\0\0";
const ONE_NAT: &[u8] = b"DIDL\0\x01\x7d";
const PRINCIPAL_AND_NAT: &[u8] = b"DIDL\0\x02\x68\x7d";

/// A message in Candid: its header, and up to ten bytes a number.
struct Message {
    bytes: [u8; 64],
    size: usize,
}

impl Message {
    fn new(header: &[u8]) -> Message {
        let mut message = Message { bytes: [0; 64], size: header.len() };
        message.bytes[..header.len()].copy_from_slice(header);
        message
    }

    fn nat(mut self, mut value: u64) -> Message {
        while value >= 0x80 {
            self.bytes[self.size] = value as u8 | 0x80;
            self.size += 1;
            value >>= 7;
        }
        self.bytes[self.size] = value as u8;
        self.size += 1;
        self
    }

    fn bytes(&self) -> &[u8] {
        &self.bytes[..self.size]
    }
}

/// The arguments of the message, read from the front.
struct Arguments {
    bytes: [u8; 64],
    size: usize,
    at: usize,
}

impl Arguments {
    /// Traps unless their types are those of the header.
    fn of_message(header: &[u8]) -> Arguments {
        let size = unsafe { msg_arg_data_size() } as usize;
        let mut arguments = Arguments { bytes: [0; 64], size, at: header.len() };
        if size > arguments.bytes.len() {
            fail("arguments too long");
        }
        unsafe { msg_arg_data_copy(arguments.bytes.as_mut_ptr(), 0, size as u32) };
        if !arguments.bytes[..size].starts_with(header) {
            fail("arguments of other types");
        }
        arguments
    }

    fn byte(&mut self) -> u8 {
        if self.at >= self.size {
            fail("arguments too short");
        }
        self.at += 1;
        self.bytes[self.at - 1]
    }

    fn nat(&mut self) -> u64 {
        let mut value = 0;
        for shift in (0..63).step_by(7) {
            let byte = self.byte();
            value |= ((byte & 0x7f) as u64) << shift;
            if byte < 0x80 {
                return value;
            }
        }
        fail("number too large")
    }

    fn principal(&mut self) -> ([u8; 29], usize) {
        let mut id = [0; 29];
        if self.byte() != 1 {
            fail("opaque principal");
        }
        let size = self.byte() as usize;
        if size > id.len() {
            fail("principal too long");
        }
        for i in 0..size {
            id[i] = self.byte();
        }
        (id, size)
    }
}

/// Awaits `ledger.pay(amount)`, and goes on with one of the two functions.
fn pay(withdrawal: Withdrawal, on_reply: extern "C" fn(u32), on_reject: extern "C" fn(u32)) {
    let state = state();
    let slot = match state.waiting.iter().position(Option::is_none) {
        Some(slot) => slot,
        None => fail("too many withdrawals"),
    };
    state.waiting[slot] = Some(withdrawal);
    let argument = Message::new(ONE_NAT).nat(withdrawal.amount);
    let sent = unsafe {
        call_new(
            state.ledger.as_ptr(),
            state.ledger_size as u32,
            b"pay".as_ptr(),
            3,
            on_reply,
            slot as u32,
            on_reject,
            slot as u32,
        );
        call_data_append(argument.bytes().as_ptr(), argument.bytes().len() as u32);
        call_perform()
    };
    if sent != 0 {
        fail("the ledger cannot be called");
    }
}

/// The withdrawal whose answer has come.
fn resumed(slot: u32) -> Withdrawal {
    match state().waiting[slot as usize].take() {
        Some(withdrawal) => withdrawal,
        None => fail("nobody waits here"),
    }
}

/// Rejects the caller as the ledger has rejected us.
fn pass_reject_on() {
    let mut text = [0; 200];
    let size = core::cmp::min(unsafe { msg_reject_msg_size() } as usize, text.len());
    unsafe { msg_reject_msg_copy(text.as_mut_ptr(), 0, size as u32) };
    reject(&text[..size]);
}

#[export_name = "canister_init"]
extern "C" fn init() {
    let mut arguments = Arguments::of_message(PRINCIPAL_AND_NAT);
    let state = state();
    let (ledger, ledger_size) = arguments.principal();
    state.ledger = ledger;
    state.ledger_size = ledger_size;
    state.balance = arguments.nat();
}

#[export_name = "canister_query get"]
extern "C" fn get() {
    reply(Message::new(ONE_NAT).nat(state().balance).bytes());
}

#[export_name = "canister_update withdraw"]
extern "C" fn withdraw() {
    let amount = Arguments::of_message(ONE_NAT).nat();
    let before = state().balance;
    if before < amount {
        return reject(b"insufficient funds");
    }
    pay(Withdrawal { before, amount }, withdraw_paid, withdraw_refused);
}

extern "C" fn withdraw_paid(slot: u32) {
    let Withdrawal { before, amount } = resumed(slot);
    state().balance = before - amount;
    reply(NOTHING);
}

extern "C" fn withdraw_refused(slot: u32) {
    resumed(slot);
    pass_reject_on();
}

#[export_name = "canister_update withdraw_deducting"]
extern "C" fn withdraw_deducting() {
    let amount = Arguments::of_message(ONE_NAT).nat();
    let before = state().balance;
    if before < amount {
        return reject(b"insufficient funds");
    }
    state().balance -= amount;
    pay(Withdrawal { before: 0, amount }, withdraw_deducting_paid, withdraw_deducting_refused);
}

extern "C" fn withdraw_deducting_paid(slot: u32) {
    resumed(slot);
    reply(NOTHING);
}

extern "C" fn withdraw_deducting_refused(slot: u32) {
    state().balance += resumed(slot).amount;
    pass_reject_on();
}
