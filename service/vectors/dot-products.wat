;; The dot products of one vector with many: 8 bits a number in the rows, 16 in the query.
(module
  (memory (export "memory") 1)

  ;; Writes for each of `count` rows its product with the query, times the row's scale, to `out`. A row is `stride` bytes,
  ;; a multiple of 16; the query has as many 16-bit numbers. The rows of both halves are read side by side, because two
  ;; streams arrive faster from memory than one; of an odd number, the middle one belongs to both.
  (func (export "dotProducts")
    (param $rows i32) (param $scales i32) (param $count i32) (param $stride i32) (param $query i32) (param $out i32)
    (local $half i32) (local $rows2 i32) (local $scales2 i32) (local $out2 i32)
    (local $end i32) (local $q i32) (local $q-low v128) (local $q-high v128)
    (local $row v128) (local $sum v128) (local $sum2 v128)
    (if (i32.eqz (local.get $count)) (then (return)))
    (local.set $half (i32.shr_u (local.get $count) (i32.const 1)))
    (local.set $rows2 (i32.add (local.get $rows) (i32.mul (local.get $half) (local.get $stride))))
    (local.set $scales2 (i32.add (local.get $scales) (i32.shl (local.get $half) (i32.const 2))))
    (local.set $out2 (i32.add (local.get $out) (i32.shl (local.get $half) (i32.const 2))))
    (local.set $count (i32.sub (local.get $count) (local.get $half)))
    (loop $each-pair
      (local.set $end (i32.add (local.get $rows) (local.get $stride)))
      (local.set $q (local.get $query))
      (local.set $sum (v128.const i32x4 0 0 0 0))
      (local.set $sum2 (v128.const i32x4 0 0 0 0))
      (loop $each-16
        (local.set $q-low (v128.load (local.get $q)))
        (local.set $q-high (v128.load offset=16 (local.get $q)))
        (local.set $row (v128.load (local.get $rows)))
        (local.set $sum (i32x4.add (local.get $sum) (i32x4.add
          (i32x4.dot_i16x8_s (i16x8.extend_low_i8x16_s (local.get $row)) (local.get $q-low))
          (i32x4.dot_i16x8_s (i16x8.extend_high_i8x16_s (local.get $row)) (local.get $q-high)))))
        (local.set $row (v128.load (local.get $rows2)))
        (local.set $sum2 (i32x4.add (local.get $sum2) (i32x4.add
          (i32x4.dot_i16x8_s (i16x8.extend_low_i8x16_s (local.get $row)) (local.get $q-low))
          (i32x4.dot_i16x8_s (i16x8.extend_high_i8x16_s (local.get $row)) (local.get $q-high)))))
        (local.set $q (i32.add (local.get $q) (i32.const 32)))
        (local.set $rows2 (i32.add (local.get $rows2) (i32.const 16)))
        (local.set $rows (i32.add (local.get $rows) (i32.const 16)))
        (br_if $each-16 (i32.lt_u (local.get $rows) (local.get $end))))
      (f32.store (local.get $out) (f32.mul (f32.load (local.get $scales)) (call $total (local.get $sum))))
      (f32.store (local.get $out2) (f32.mul (f32.load (local.get $scales2)) (call $total (local.get $sum2))))
      (local.set $scales (i32.add (local.get $scales) (i32.const 4)))
      (local.set $scales2 (i32.add (local.get $scales2) (i32.const 4)))
      (local.set $out (i32.add (local.get $out) (i32.const 4)))
      (local.set $out2 (i32.add (local.get $out2) (i32.const 4)))
      (local.set $count (i32.sub (local.get $count) (i32.const 1)))
      (br_if $each-pair (local.get $count))))

  (func $total (param $sum v128) (result f32)
    (f32.convert_i32_s
      (i32.add
        (i32.add (i32x4.extract_lane 0 (local.get $sum)) (i32x4.extract_lane 1 (local.get $sum)))
        (i32.add (i32x4.extract_lane 2 (local.get $sum)) (i32x4.extract_lane 3 (local.get $sum)))))))
