// RUN: nnc-opt %s --nnc-tile-registers | FileCheck %s

// Seven rows by two vectors stay in registers over the reduction.
// CHECK-LABEL: @product
// CHECK: scf.for %{{.*}} = %c0{{.*}} to %c64{{.*}} step %c32
// CHECK: scf.for %{{.*}} = %c0{{.*}} to %c14{{.*}} step %c7
// CHECK-COUNT-14: vector.load {{.*}} : memref<14x64xf32>, vector<16xf32>
// CHECK: scf.for {{.*}} -> (vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>)
// CHECK-COUNT-14: arith.mulf {{.*}} : vector<16xf32>
// CHECK-COUNT-14: vector.store
func.func @product(%x: memref<14x100xf32>, %w: memref<100x64xf32>, %y: memref<14x64xf32>) {
  linalg.generic {
    indexing_maps = [affine_map<(m, k, c) -> (m, c)>, affine_map<(m, k, c) -> (c, k)>, affine_map<(m, k, c) -> (m, k)>],
    iterator_types = ["parallel", "parallel", "reduction"]
  } ins(%x, %w : memref<14x100xf32>, memref<100x64xf32>) outs(%y : memref<14x64xf32>) {
  ^bb0(%a: f32, %b: f32, %sum: f32):
    %p = arith.mulf %a, %b : f32
    %s = arith.addf %sum, %p : f32
    linalg.yield %s : f32
  }
  return
}

// What is left of 27 elements after one vector of 16: 8, 2, 1.
// CHECK-LABEL: @ragged
// CHECK: vector.store {{.*}} vector<16xf32>
// CHECK: vector.store {{.*}} vector<8xf32>
// CHECK: vector.store {{.*}} vector<2xf32>
// CHECK: vector.store {{.*}} vector<1xf32>
func.func @ragged(%x: memref<27xf32>, %y: memref<27xf32>) {
  linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]}
    ins(%x : memref<27xf32>) outs(%y : memref<27xf32>) {
  ^bb0(%a: f32, %b: f32):
    %c = math.exp %a : f32
    linalg.yield %c : f32
  }
  return
}

// A vector does not straddle groups of 8 outputs.
// CHECK-LABEL: @grouped
// CHECK-NOT: vector<16xf32>
// CHECK: vector.store {{.*}} vector<8xf32>
func.func @grouped(%x: memref<4x2xf32>, %y: memref<4x16xf32>) {
  linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1 floordiv 8)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
    ins(%x : memref<4x2xf32>) outs(%y : memref<4x16xf32>) {
  ^bb0(%a: f32, %b: f32):
    linalg.yield %a : f32
  }
  return
}

// Transposes and sums along the last dimension are left to plain loops.
// CHECK-LABEL: @left_alone
// CHECK-COUNT-2: linalg.generic
func.func @left_alone(%x: memref<4x8xf32>, %y: memref<8x4xf32>, %z: memref<4xf32>) {
  linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d1, d0)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
    ins(%x : memref<4x8xf32>) outs(%y : memref<8x4xf32>) {
  ^bb0(%a: f32, %b: f32):
    linalg.yield %a : f32
  }
  linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>], iterator_types = ["parallel", "reduction"]}
    ins(%x : memref<4x8xf32>) outs(%z : memref<4xf32>) {
  ^bb0(%a: f32, %b: f32):
    %c = arith.addf %b, %a : f32
    linalg.yield %c : f32
  }
  return
}
