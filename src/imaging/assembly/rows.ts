/**
 * What is done to every pixel, in AssemblyScript: compiled to WebAssembly by `node scripts/publish-kernels.mjs`, called by
 * `../row-kernels.ts`. Addresses are bytes; whoever calls leaves sixteen bytes of room behind each block.
 */

/** The table's grey of each code of 16 bits, whose bits outside `mask` are not looked at. */
export function lookUp16(codes: usize, count: i32, table: usize, mask: u32, grey: usize): void {
  for (let at = 0; at < count; at += 4) {
    const four = load<u64>(codes + 2 * at);
    const one = (<u32>four) & mask;
    const two = (<u32>(four >> 16)) & mask;
    const three = (<u32>(four >> 32)) & mask;
    const last = (<u32>(four >> 48)) & mask;
    store<u32>(
      grey + at,
      (<u32>load<u8>(table + one)) |
        ((<u32>load<u8>(table + two)) << 8) |
        ((<u32>load<u8>(table + three)) << 16) |
        ((<u32>load<u8>(table + last)) << 24),
    );
  }
}

/** The same of codes of 8 bits. */
export function lookUp8(codes: usize, count: i32, table: usize, mask: u32, grey: usize): void {
  for (let at = 0; at < count; at++) {
    store<u8>(grey + at, load<u8>(table + ((<u32>load<u8>(codes + at)) & mask)));
  }
}

/**
 * Means over one row of boxes. A box of columns is its first and last as i32, and their shares as f64.
 * @param height rows of bytes that the boxes touch; the first and the last one count by their share
 * @param area of a box, shares counted
 * @param columnSums room for i16 of each column
 * @param sums room for f64 of each box
 * @param means receives f32 of each box
 */
export function meanOfBoxes(
  rows: usize,
  height: i32,
  columns: i32,
  firstShare: f64,
  lastShare: f64,
  boxes: usize,
  count: i32,
  area: f64,
  columnSums: usize,
  sums: usize,
  means: usize,
): void {
  memory.fill(sums, 0, 8 * count);
  const last = height - 1;
  addRows(rows, 0, 1, columns, firstShare, boxes, count, columnSums, sums);
  for (let row = 1; row < last; row += rowsIn16Bits) {
    const some = min(rowsIn16Bits, last - row);
    addRows(rows, row, some, columns, 1, boxes, count, columnSums, sums);
  }
  if (last > 0) addRows(rows, last, 1, columns, lastShare, boxes, count, columnSums, sums);
  for (let index = 0; index < count; index++) {
    store<f32>(means + 4 * index, <f32>(load<f64>(sums + 8 * index) / area));
  }
}

/** Bytes that 16 bits add up without running over. */
const rowsIn16Bits: i32 = 257;

function addRows(
  rows: usize,
  first: i32,
  height: i32,
  columns: i32,
  share: f64,
  boxes: usize,
  count: i32,
  columnSums: usize,
  sums: usize,
): void {
  sumColumns(rows + first * columns, height, columns, columnSums);
  for (let index = 0; index < count; index++) {
    const sum = sumOfBox(columnSums, boxes + 24 * index);
    store<f64>(sums + 8 * index, load<f64>(sums + 8 * index) + share * sum);
  }
}

function sumColumns(rows: usize, height: i32, columns: i32, columnSums: usize): void {
  for (let column = 0; column < columns; column += 16) {
    let left = i16x8.splat(0);
    let right = i16x8.splat(0);
    for (let row = 0; row < height; row++) {
      const bytes = v128.load(rows + row * columns + column);
      left = i16x8.add(left, i16x8.extend_low_i8x16_u(bytes));
      right = i16x8.add(right, i16x8.extend_high_i8x16_u(bytes));
    }
    v128.store(columnSums + 2 * column, left);
    v128.store(columnSums + 2 * column, right, 16);
  }
}

function sumOfBox(columnSums: usize, box: usize): f64 {
  const first = columnSums + 2 * load<i32>(box);
  const last = columnSums + 2 * load<i32>(box, 4);
  let whole: u32 = 0;
  for (let at = first + 2; at < last; at += 2) whole += load<u16>(at);
  let edges = load<f64>(box, 8) * <f64>load<u16>(first);
  if (last > first) edges += load<f64>(box, 16) * <f64>load<u16>(last);
  return <f64>whole + edges;
}

/** Each grey as R, G and B. */
export function spread(grey: usize, count: i32, rgb: usize): void {
  for (let at = 0; at < count; at += 16) {
    const g = v128.load(grey + at);
    const to = rgb + 3 * at;
    v128.store(to, i8x16.shuffle(g, g, 0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4, 5));
    v128.store(to, i8x16.shuffle(g, g, 5, 5, 6, 6, 6, 7, 7, 7, 8, 8, 8, 9, 9, 9, 10, 10), 16);
    v128.store(
      to,
      i8x16.shuffle(g, g, 10, 11, 11, 11, 12, 12, 12, 13, 13, 13, 14, 14, 14, 15, 15, 15),
      32,
    );
  }
}
