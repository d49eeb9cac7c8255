// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Exists so that a precompiled header has a target to belong to.
