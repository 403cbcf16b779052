package dev.lockstep.services.map;

/**
 * The operations of the map of lists. The ordinal is the operation byte: new ones go to the end.
 *
 * <p>A table is a list of texts under a name. Below, "name" is a text, "list" a list of texts, and
 * "optional" a flag that is followed by the thing if it is 1.
 */
enum MapOperation {
  /** No fields. Answers i64 how many tables there are. */
  SIZE,
  /** name. Answers a flag: whether there is such a table. */
  CONTAINS,
  /** name. Answers optional list. */
  GET,
  /** name, list. Answers optional list: what was there before. */
  PUT,
  /** name, list; does nothing if there is such a table. Answers optional list, as PUT does. */
  PUT_IF_ABSENT,
  /** name, list; as PUT, but answers only a flag: whether there was such a table. */
  SET,
  /** name. Answers optional list: what was there before. */
  REMOVE,
  /** name; as REMOVE, but answers only a flag: whether there was such a table. */
  DELETE,
  /** No fields; removes all tables. Answers i64 how many there were. */
  CLEAR,
  /**
   * optional name, i32 most names, at least 1. Answers a flag: whether there are more, and a list:
   * the names of tables after the given one, in order. It may be shorter than asked for, but is
   * empty only if there are none.
   */
  NAMES,
  /** name. Answers i64 the length of the list, -1 if there is no such table. */
  SIZE_OF,
  /**
   * name, text; appends to the list, and makes a new one if there is no such table. Answers i64 the
   * entry's index.
   */
  PUT_ENTRY,
  /** name, i64 index. Answers optional text. */
  GET_ENTRY,
  /** name, i64 index, text; replaces an entry. Answers optional text: what was there before. */
  SET_ENTRY,
  /** name, i64 index; the entries after it move up. Answers optional text: what was there. */
  REMOVE_ENTRY,
  /**
   * name, i64 first index, i32 most entries, at least 1. Answers i64 the length of the whole list,
   * -1 if there is no such table, and a list: the entries from the first index on. It may be
   * shorter than asked for, but is empty only if there are none.
   */
  ENTRIES
}
