/** One page of a list, with how many there are in all. */
export interface Page<T> {
  rows: T[];
  total: number;
}

export interface PageWish {
  limit: number;
  offset: number;
}
