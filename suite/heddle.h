// What canister authors include: the language for canisters, scenarios, and their registration.
//
// Two more headers are for those who want them: <heddle/suite/rapidcheck.h> for workloads that
// RapidCheck generates, <heddle/suite/gtest.h> for GoogleTest cases of their own over scenarios.
#pragma once

#include <heddle/checker/check.h>
#include <heddle/model/language.h>
#include <heddle/properties/scenario.h>
#include <heddle/suite/install_wasm.h>
#include <heddle/suite/registry.h>
