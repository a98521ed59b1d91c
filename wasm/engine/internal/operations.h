// The numeric and memory operators of WebAssembly as one table, from which validation, translation
// and execution are made: opcode (0xfc.. are two bytes), name, types, function of numeric.h.
#pragma once

// clang-format off

/// Of integers: they also come with a constant, and fused with a branch.
#define HEDDLE_WASM_COMPARISONS(X) \
  X(0x46, I32Eq, u32, u32, equal) \
  X(0x47, I32Ne, u32, u32, not_equal) \
  X(0x48, I32LtS, u32, u32, less_s) \
  X(0x49, I32LtU, u32, u32, less) \
  X(0x4a, I32GtS, u32, u32, greater_s) \
  X(0x4b, I32GtU, u32, u32, greater) \
  X(0x4c, I32LeS, u32, u32, at_most_s) \
  X(0x4d, I32LeU, u32, u32, at_most) \
  X(0x4e, I32GeS, u32, u32, at_least_s) \
  X(0x4f, I32GeU, u32, u32, at_least) \
  X(0x51, I64Eq, u64, u32, equal) \
  X(0x52, I64Ne, u64, u32, not_equal) \
  X(0x53, I64LtS, u64, u32, less_s) \
  X(0x54, I64LtU, u64, u32, less) \
  X(0x55, I64GtS, u64, u32, greater_s) \
  X(0x56, I64GtU, u64, u32, greater) \
  X(0x57, I64LeS, u64, u32, at_most_s) \
  X(0x58, I64LeU, u64, u32, at_most) \
  X(0x59, I64GeS, u64, u32, at_least_s) \
  X(0x5a, I64GeU, u64, u32, at_least)

/// Of integers: they also come with a constant.
#define HEDDLE_WASM_ARITHMETIC(X) \
  X(0x6a, I32Add, u32, u32, add) \
  X(0x6b, I32Sub, u32, u32, subtract) \
  X(0x6c, I32Mul, u32, u32, multiply) \
  X(0x71, I32And, u32, u32, bit_and) \
  X(0x72, I32Or, u32, u32, bit_or) \
  X(0x73, I32Xor, u32, u32, bit_xor) \
  X(0x74, I32Shl, u32, u32, shift_left) \
  X(0x75, I32ShrS, u32, u32, shift_right_s) \
  X(0x76, I32ShrU, u32, u32, shift_right) \
  X(0x77, I32Rotl, u32, u32, rotate_left) \
  X(0x78, I32Rotr, u32, u32, rotate_right) \
  X(0x7c, I64Add, u64, u64, add) \
  X(0x7d, I64Sub, u64, u64, subtract) \
  X(0x7e, I64Mul, u64, u64, multiply) \
  X(0x83, I64And, u64, u64, bit_and) \
  X(0x84, I64Or, u64, u64, bit_or) \
  X(0x85, I64Xor, u64, u64, bit_xor) \
  X(0x86, I64Shl, u64, u64, shift_left) \
  X(0x87, I64ShrS, u64, u64, shift_right_s) \
  X(0x88, I64ShrU, u64, u64, shift_right) \
  X(0x89, I64Rotl, u64, u64, rotate_left) \
  X(0x8a, I64Rotr, u64, u64, rotate_right)

/// Division, and all of floats.
#define HEDDLE_WASM_OTHER_BINARIES(X) \
  X(0x6d, I32DivS, u32, u32, divide_s) \
  X(0x6e, I32DivU, u32, u32, divide_u) \
  X(0x6f, I32RemS, u32, u32, remainder_s) \
  X(0x70, I32RemU, u32, u32, remainder_u) \
  X(0x7f, I64DivS, u64, u64, divide_s) \
  X(0x80, I64DivU, u64, u64, divide_u) \
  X(0x81, I64RemS, u64, u64, remainder_s) \
  X(0x82, I64RemU, u64, u64, remainder_u) \
  X(0x5b, F32Eq, float, u32, equal) \
  X(0x5c, F32Ne, float, u32, not_equal) \
  X(0x5d, F32Lt, float, u32, less) \
  X(0x5e, F32Gt, float, u32, greater) \
  X(0x5f, F32Le, float, u32, at_most) \
  X(0x60, F32Ge, float, u32, at_least) \
  X(0x92, F32Add, float, float, add) \
  X(0x93, F32Sub, float, float, subtract) \
  X(0x94, F32Mul, float, float, multiply) \
  X(0x95, F32Div, float, float, divide_f) \
  X(0x96, F32Min, float, float, minimum) \
  X(0x97, F32Max, float, float, maximum) \
  X(0x98, F32Copysign, float, float, copy_sign) \
  X(0x61, F64Eq, double, u32, equal) \
  X(0x62, F64Ne, double, u32, not_equal) \
  X(0x63, F64Lt, double, u32, less) \
  X(0x64, F64Gt, double, u32, greater) \
  X(0x65, F64Le, double, u32, at_most) \
  X(0x66, F64Ge, double, u32, at_least) \
  X(0xa0, F64Add, double, double, add) \
  X(0xa1, F64Sub, double, double, subtract) \
  X(0xa2, F64Mul, double, double, multiply) \
  X(0xa3, F64Div, double, double, divide_f) \
  X(0xa4, F64Min, double, double, minimum) \
  X(0xa5, F64Max, double, double, maximum) \
  X(0xa6, F64Copysign, double, double, copy_sign)

/// Operand type, result type.
#define HEDDLE_WASM_UNARIES(X) \
  X(0x45, I32Eqz, u32, u32, is_zero) \
  X(0x50, I64Eqz, u64, u32, is_zero) \
  X(0x67, I32Clz, u32, u32, leading_zeros) \
  X(0x68, I32Ctz, u32, u32, trailing_zeros) \
  X(0x69, I32Popcnt, u32, u32, ones) \
  X(0x79, I64Clz, u64, u64, leading_zeros) \
  X(0x7a, I64Ctz, u64, u64, trailing_zeros) \
  X(0x7b, I64Popcnt, u64, u64, ones) \
  X(0x8b, F32Abs, float, float, absolute) \
  X(0x8c, F32Neg, float, float, negative) \
  X(0x8d, F32Ceil, float, float, ceiling) \
  X(0x8e, F32Floor, float, float, floor_of) \
  X(0x8f, F32Trunc, float, float, truncated) \
  X(0x90, F32Nearest, float, float, nearest) \
  X(0x91, F32Sqrt, float, float, square_root) \
  X(0x99, F64Abs, double, double, absolute) \
  X(0x9a, F64Neg, double, double, negative) \
  X(0x9b, F64Ceil, double, double, ceiling) \
  X(0x9c, F64Floor, double, double, floor_of) \
  X(0x9d, F64Trunc, double, double, truncated) \
  X(0x9e, F64Nearest, double, double, nearest) \
  X(0x9f, F64Sqrt, double, double, square_root) \
  X(0xa7, I32WrapI64, u64, u32, wrap) \
  X(0xa8, I32TruncF32S, float, u32, truncate<s32>) \
  X(0xa9, I32TruncF32U, float, u32, truncate<u32>) \
  X(0xaa, I32TruncF64S, double, u32, truncate<s32>) \
  X(0xab, I32TruncF64U, double, u32, truncate<u32>) \
  X(0xac, I64ExtendI32S, u32, u64, extend_s) \
  X(0xad, I64ExtendI32U, u32, u64, extend_u) \
  X(0xae, I64TruncF32S, float, u64, truncate<s64>) \
  X(0xaf, I64TruncF32U, float, u64, truncate<u64>) \
  X(0xb0, I64TruncF64S, double, u64, truncate<s64>) \
  X(0xb1, I64TruncF64U, double, u64, truncate<u64>) \
  X(0xb2, F32ConvertI32S, u32, float, convert_s<float>) \
  X(0xb3, F32ConvertI32U, u32, float, convert_u<float>) \
  X(0xb4, F32ConvertI64S, u64, float, convert_s<float>) \
  X(0xb5, F32ConvertI64U, u64, float, convert_u<float>) \
  X(0xb6, F32DemoteF64, double, float, demote) \
  X(0xb7, F64ConvertI32S, u32, double, convert_s<double>) \
  X(0xb8, F64ConvertI32U, u32, double, convert_u<double>) \
  X(0xb9, F64ConvertI64S, u64, double, convert_s<double>) \
  X(0xba, F64ConvertI64U, u64, double, convert_u<double>) \
  X(0xbb, F64PromoteF32, float, double, promote) \
  X(0xbc, I32ReinterpretF32, float, u32, reinterpret<u32>) \
  X(0xbd, I64ReinterpretF64, double, u64, reinterpret<u64>) \
  X(0xbe, F32ReinterpretI32, u32, float, reinterpret<float>) \
  X(0xbf, F64ReinterpretI64, u64, double, reinterpret<double>) \
  X(0xc0, I32Extend8S, u32, u32, extend<s8>) \
  X(0xc1, I32Extend16S, u32, u32, extend<s16>) \
  X(0xc2, I64Extend8S, u64, u64, extend<s8>) \
  X(0xc3, I64Extend16S, u64, u64, extend<s16>) \
  X(0xc4, I64Extend32S, u64, u64, extend<s32>) \
  X(0xfc00, I32TruncSatF32S, float, u32, truncate_saturated<s32>) \
  X(0xfc01, I32TruncSatF32U, float, u32, truncate_saturated<u32>) \
  X(0xfc02, I32TruncSatF64S, double, u32, truncate_saturated<s32>) \
  X(0xfc03, I32TruncSatF64U, double, u32, truncate_saturated<u32>) \
  X(0xfc04, I64TruncSatF32S, float, u64, truncate_saturated<s64>) \
  X(0xfc05, I64TruncSatF32U, float, u64, truncate_saturated<u64>) \
  X(0xfc06, I64TruncSatF64S, double, u64, truncate_saturated<s64>) \
  X(0xfc07, I64TruncSatF64U, double, u64, truncate_saturated<u64>)

/// The type in memory, and the type of the result.
#define HEDDLE_WASM_LOADS(X) \
  X(0x28, I32Load, u32, u32) \
  X(0x29, I64Load, u64, u64) \
  X(0x2a, F32Load, u32, float) \
  X(0x2b, F64Load, u64, double) \
  X(0x2c, I32Load8S, s8, u32) \
  X(0x2d, I32Load8U, u8, u32) \
  X(0x2e, I32Load16S, s16, u32) \
  X(0x2f, I32Load16U, u16, u32) \
  X(0x30, I64Load8S, s8, u64) \
  X(0x31, I64Load8U, u8, u64) \
  X(0x32, I64Load16S, s16, u64) \
  X(0x33, I64Load16U, u16, u64) \
  X(0x34, I64Load32S, s32, u64) \
  X(0x35, I64Load32U, u32, u64)

/// The type in memory, and the type of the operand.
#define HEDDLE_WASM_STORES(X) \
  X(0x36, I32Store, u32, u32) \
  X(0x37, I64Store, u64, u64) \
  X(0x38, F32Store, u32, float) \
  X(0x39, F64Store, u64, double) \
  X(0x3a, I32Store8, u8, u32) \
  X(0x3b, I32Store16, u16, u32) \
  X(0x3c, I64Store8, u8, u64) \
  X(0x3d, I64Store16, u16, u64) \
  X(0x3e, I64Store32, u32, u64)
#define HEDDLE_WASM_BINARIES(X) \
  HEDDLE_WASM_COMPARISONS(X) \
  HEDDLE_WASM_ARITHMETIC(X) \
  HEDDLE_WASM_OTHER_BINARIES(X)

// clang-format on
