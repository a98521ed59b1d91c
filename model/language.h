/// All that canister authors need.
#pragma once

#include <heddle/model/canister.h>
#include <heddle/model/combinators.h>
#include <heddle/model/coroutine_program.h>
#include <heddle/model/deferred.h>
#include <heddle/model/fields.h>
#include <heddle/model/finally.h>
#include <heddle/model/future.h>
#include <heddle/model/method.h>
#include <heddle/model/nat.h>
#include <heddle/model/outcome.h>
#include <heddle/model/principal.h>
#include <heddle/model/ref.h>
#include <heddle/model/reject.h>
#include <heddle/model/sized.h>
#include <heddle/model/trap.h>
#include <heddle/model/value.h>
#include <heddle/model/var.h>
#include <heddle/model/var_map.h>
