// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Kernels, their launches, and schedule operations.
#ifndef DIALECTS_HALIDE_HALIDEOPS_TD
#define DIALECTS_HALIDE_HALIDEOPS_TD

include "dialects/halide/HalideDialect.td"

//===--- Kernels ---------------------------------------------------------------------------------===//

def Halide_KernelOp : Halide_Op<"kernel", [IsolatedFromAbove, FunctionOpInterface, Symbol]> {
  let summary = "a function of tensors that becomes one C++ function";
  let description = [{
    A function in the sense of `func.func`, with one block that ends in `halide.yield`. `layers` are the names of the model's nodes that were fused
    into it (of the first launch that needed it), `kernel_class` the name of the schedule record that applies. Discardable attributes:
    `nnc.flops` (i64, of one launch), `nnc.scratch_bytes` (i64, what its generated code needs for temporaries).

    Constraints:
    - (C1) the body is one block, and its arguments and yielded values have the types of the signature.
    - (C2) every argument and result is a statically shaped tensor.
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, TypeAttrOf<FunctionType>:$function_type,
    OptionalAttr<StrAttr>:$kernel_class, OptionalAttr<StrArrayAttr>:$layers,
    OptionalAttr<StrAttr>:$sym_visibility,
    OptionalAttr<DictArrayAttr>:$arg_attrs, OptionalAttr<DictArrayAttr>:$res_attrs);
  let regions = (region SizedRegion<1>:$body);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    ::llvm::ArrayRef<::mlir::Type> getArgumentTypes() { return getFunctionType().getInputs(); }
    ::llvm::ArrayRef<::mlir::Type> getResultTypes() { return getFunctionType().getResults(); }
    ::mlir::Region *getCallableRegion() { return &getBody(); }
    /// The values that the kernel computes.
    ::mlir::OperandRange getYielded() { return getBody().front().getTerminator()->getOperands(); }
  }];
}

def Halide_YieldOp : Halide_Op<"yield", [Pure, ReturnLike, Terminator, HasParent<"KernelOp">]> {
  let summary = "ends a kernel with its results";
  let arguments = (ins Variadic<AnyRankedTensor>:$values);
  let assemblyFormat = "$values attr-dict `:` type($values)";
}

def Halide_LaunchOp : Halide_Op<"launch", [AttrSizedOperandSegments, DeclareOpInterfaceMethods<SymbolUserOpInterface>,
                                         DeclareOpInterfaceMethods<MemoryEffectsOpInterface>]> {
  let summary = "runs a kernel";
  let description = [{
    On tensors a launch has results and no `outs`. In a planned program it reads memrefs and writes the memrefs of `outs`, one for each of
    the kernel's results; `scratch` is the memory for the kernel's temporaries, if it needs any. `layers` names the model's nodes that this launch computes.

    Constraints:
    - (C1) the callee is a kernel in the same module.
    - (C2) operands, and results or outs, have the shapes and element types of the kernel's signature.
    - (C3) a launch has results or outs, not both.
    - (C4) `steps` is 0 or more. With steps the kernel has one result, of the type of its last argument: the state.

    With `steps` the launch runs the kernel so many times. The first input and the result are sequences, with one dimension more than the kernel's,
    of that extent. Each step takes one element of the first input and writes one of the result: in order, or with `reverse` from the last on. The last
    input is the state before the first step; later steps take what the step before wrote.

    With `piece` the result is a list of rows, of which only the first `count` are computed, `piece` of them at once: the kernel has that many rows
    where the list has all (its first dimension of more than 1 element), and so have the inputs whose numbers are in `lists`. The
    other rows of the result are anything. With a `count` and no piece the launch runs where the count is not 0; else its results are anything. With
    `tied` the result is the last thing that is done with that input: both share memory, and what is not computed is the input's.
    - (C5) a piece has a count, which is one number; with a count there are no steps; lists have whole pieces.
    - (C6) `tied` is the number of an input of the type of the only result.

    Of the inputs in `picked` a piece reads nothing but the rows whose numbers are in its lists. In a planned program `update` is the number of the
    list that says where in an image the rows of each piece belong: `outs` are the rows of one piece, as the kernel has them, and the image.
    - (C7) `picked` are numbers of inputs, and `update` is one of `lists`, of i32.
  }];
  let arguments = (ins FlatSymbolRefAttr:$callee, Variadic<AnyTypeOf<[AnyRankedTensor, AnyMemRef]>>:$inputs,
    Variadic<AnyMemRef>:$outs, Optional<AnyMemRef>:$scratch, Optional<AnyTypeOf<[AnyRankedTensor, AnyMemRef]>>:$count,
    OptionalAttr<StrArrayAttr>:$layers, DefaultValuedAttr<I64Attr, "0">:$steps, UnitAttr:$reverse,
    DefaultValuedAttr<I64Attr, "0">:$piece, DefaultValuedAttr<DenseI64ArrayAttr, "{}">:$lists, OptionalAttr<I64Attr>:$tied,
    DefaultValuedAttr<DenseI64ArrayAttr, "{}">:$picked, OptionalAttr<I64Attr>:$update);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let builders = [
    // Of tensors, of all rows.
    OpBuilder<(ins "::mlir::TypeRange":$results, "::llvm::StringRef":$callee, "::mlir::ValueRange":$inputs, "::mlir::ArrayAttr":$layers), [{
      build($_builder, $_state, results, callee, inputs, /*outs=*/::mlir::ValueRange(), /*scratch=*/::mlir::Value(), /*count=*/::mlir::Value(), layers,
            /*steps=*/0, /*reverse=*/false, /*piece=*/0, /*lists=*/::llvm::ArrayRef<int64_t>(), /*tied=*/::mlir::IntegerAttr(),
            /*picked=*/::llvm::ArrayRef<int64_t>(), /*update=*/::mlir::IntegerAttr());
    }]>
  ];
  let assemblyFormat = [{
    $callee `(` $inputs `)` (`outs` `(` $outs^ `:` type($outs) `)`)? (`scratch` `(` $scratch^ `:` type($scratch) `)`)?
    (`count` `(` $count^ `:` type($count) `)`)? attr-dict `:` functional-type($inputs, $results)
  }];
}

//===--- Schedule --------------------------------------------------------------------------------===//

def Halide_Tail : I32EnumAttr<"Tail", "what happens where a split does not divide", [
    I32EnumAttrCase<"Auto", 0, "auto">, I32EnumAttrCase<"RoundUp", 1, "round_up">,
    I32EnumAttrCase<"GuardWithIf", 2, "guard_with_if">, I32EnumAttrCase<"ShiftInwards", 3, "shift_inwards">,
    I32EnumAttrCase<"Predicate", 4, "predicate">]> {
  let cppNamespace = "::nnc::halide";
}

/// A directive on the Func that is `func`. `update` picks an update stage (a reduction's loops); absent is the pure stage.
class Halide_Directive<string mnemonic, dag extra> : Halide_Op<mnemonic, [HasParent<"KernelOp">]> {
  let arguments = !con((ins AnyRankedTensor:$func), extra, (ins OptionalAttr<I64Attr>:$update));
}

class Halide_LoopDirective<string mnemonic> : Halide_Directive<mnemonic, (ins StrAttr:$loop)> {
  let assemblyFormat = "$func $loop (`update` `(` $update^ `)`)? attr-dict `:` type($func)";
}

def Halide_SplitOp : Halide_Directive<"split",
    (ins StrAttr:$loop, StrAttr:$outer, StrAttr:$inner, I64Attr:$factor,
         DefaultValuedAttr<Halide_Tail, "Tail::Auto">:$tail)> {
  let summary = "Stage::split";
  let assemblyFormat = [{
    $func $loop `into` $outer `,` $inner `by` $factor (`tail` `(` $tail^ `)`)? (`update` `(` $update^ `)`)? attr-dict `:` type($func)
  }];
}

def Halide_FuseOp : Halide_Directive<"fuse", (ins StrAttr:$inner, StrAttr:$outer, StrAttr:$fused)> {
  let summary = "Stage::fuse";
  let assemblyFormat = "$func $inner `,` $outer `into` $fused (`update` `(` $update^ `)`)? attr-dict `:` type($func)";
}

def Halide_ReorderOp : Halide_Directive<"reorder", (ins StrArrayAttr:$loops)> {
  let summary = "Stage::reorder, innermost first";
  let assemblyFormat = "$func $loops (`update` `(` $update^ `)`)? attr-dict `:` type($func)";
}

def Halide_VectorizeOp : Halide_LoopDirective<"vectorize"> { let summary = "Stage::vectorize of a whole loop"; }
def Halide_UnrollOp : Halide_LoopDirective<"unroll"> { let summary = "Stage::unroll of a whole loop"; }
def Halide_ParallelOp : Halide_LoopDirective<"parallel"> { let summary = "Stage::parallel"; }

def Halide_ComputeRootOp : Halide_Directive<"compute_root", (ins)> {
  let summary = "Func::compute_root";
  let assemblyFormat = "$func attr-dict `:` type($func)";
}

def Halide_ReorderStorageOp : Halide_Op<"reorder_storage", [HasParent<"KernelOp">]> {
  let summary = "Func::reorder_storage, innermost first";
  let arguments = (ins AnyRankedTensor:$func, StrArrayAttr:$loops);
  let assemblyFormat = "$func $loops attr-dict `:` type($func)";
}

class Halide_AtDirective<string mnemonic> : Halide_Op<mnemonic, [HasParent<"KernelOp">]> {
  let arguments = (ins AnyRankedTensor:$func, AnyRankedTensor:$consumer, StrAttr:$loop);
  let assemblyFormat = "$func `at` $consumer $loop attr-dict `:` type($func) `,` type($consumer)";
}
def Halide_ComputeAtOp : Halide_AtDirective<"compute_at"> { let summary = "Func::compute_at"; }
def Halide_StoreAtOp : Halide_AtDirective<"store_at"> { let summary = "Func::store_at"; }

def Halide_BoundExtentOp : Halide_Op<"bound_extent", [HasParent<"KernelOp">]> {
  let summary = "Func::bound_extent: each realization covers this many iterations of `loop`";
  let arguments = (ins AnyRankedTensor:$func, StrAttr:$loop, I64Attr:$extent);
  let assemblyFormat = "$func $loop `to` $extent attr-dict `:` type($func)";
}

def Halide_StoreInOp : Halide_Op<"store_in", [HasParent<"KernelOp">]> {
  let summary = "Func::store_in(MemoryType::Register or Stack)";
  let arguments = (ins AnyRankedTensor:$func, StrAttr:$memory);
  let assemblyFormat = "$func $memory attr-dict `:` type($func)";
}

def Halide_PrefetchOp : Halide_Op<"prefetch", [HasParent<"KernelOp">]> {
  let summary = "Func::prefetch of `data`, `distance` iterations of `loop` ahead";
  let arguments = (ins AnyRankedTensor:$func, AnyRankedTensor:$data, StrAttr:$loop, I64Attr:$distance,
                   OptionalAttr<I64Attr>:$update);
  let assemblyFormat = [{
    $func $data `at` $loop `ahead` $distance (`update` `(` $update^ `)`)? attr-dict `:` type($func) `,` type($data)
  }];
}

#endif // DIALECTS_HALIDE_HALIDEOPS_TD
