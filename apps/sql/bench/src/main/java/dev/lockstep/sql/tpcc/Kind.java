package dev.lockstep.sql.tpcc;

/** The five transactions. */
public enum Kind {
  NEW_ORDER(10, false, 18, 12),
  PAYMENT(10, false, 3, 12),
  ORDER_STATUS(1, true, 2, 10),
  DELIVERY(1, false, 2, 5),
  STOCK_LEVEL(1, true, 2, 5);

  private final int cards;
  private final boolean readOnly;
  private final int keyingSeconds;
  private final int thinkSeconds;

  Kind(int cards, boolean readOnly, int keyingSeconds, int thinkSeconds) {
    this.cards = cards;
    this.readOnly = readOnly;
    this.keyingSeconds = keyingSeconds;
    this.thinkSeconds = thinkSeconds;
  }

  /** How many cards of a deck of 23 say this one. */
  int cards() {
    return cards;
  }

  /** Whether it only reads. */
  boolean isReadOnly() {
    return readOnly;
  }

  /** How long a person types before it. */
  int keyingSeconds() {
    return keyingSeconds;
  }

  /** How long a person thinks after it, on average. */
  int thinkSeconds() {
    return thinkSeconds;
  }
}
