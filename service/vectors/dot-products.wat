;; The dot products of one vector with many: 8 bits a number in the rows, 16 in the query.
(module
  (memory (export "memory") 1)

  ;; Writes for each of `count` rows its product with the query, times the row's scale, to `out`. A row is `stride` bytes,
  ;; a multiple of 16; the query has as many 16-bit numbers.
  (func (export "dotProducts")
    (param $rows i32) (param $scales i32) (param $count i32) (param $stride i32) (param $query i32) (param $out i32)
    (local $end i32) (local $q i32) (local $row v128) (local $low v128) (local $high v128)
    (if (i32.eqz (local.get $count)) (then (return)))
    (loop $each-row
      (local.set $end (i32.add (local.get $rows) (local.get $stride)))
      (local.set $q (local.get $query))
      (local.set $low (v128.const i32x4 0 0 0 0))
      (local.set $high (v128.const i32x4 0 0 0 0))
      (loop $each-16
        (local.set $row (v128.load (local.get $rows)))
        (local.set $low (i32x4.add (local.get $low)
          (i32x4.dot_i16x8_s (i16x8.extend_low_i8x16_s (local.get $row)) (v128.load (local.get $q)))))
        (local.set $high (i32x4.add (local.get $high)
          (i32x4.dot_i16x8_s (i16x8.extend_high_i8x16_s (local.get $row)) (v128.load offset=16 (local.get $q)))))
        (local.set $q (i32.add (local.get $q) (i32.const 32)))
        (local.set $rows (i32.add (local.get $rows) (i32.const 16)))
        (br_if $each-16 (i32.lt_u (local.get $rows) (local.get $end))))
      (local.set $low (i32x4.add (local.get $low) (local.get $high)))
      (f32.store (local.get $out)
        (f32.mul
          (f32.load (local.get $scales))
          (f32.convert_i32_s
            (i32.add
              (i32.add (i32x4.extract_lane 0 (local.get $low)) (i32x4.extract_lane 1 (local.get $low)))
              (i32.add (i32x4.extract_lane 2 (local.get $low)) (i32x4.extract_lane 3 (local.get $low)))))))
      (local.set $scales (i32.add (local.get $scales) (i32.const 4)))
      (local.set $out (i32.add (local.get $out) (i32.const 4)))
      (local.set $count (i32.sub (local.get $count) (i32.const 1)))
      (br_if $each-row (local.get $count)))))
