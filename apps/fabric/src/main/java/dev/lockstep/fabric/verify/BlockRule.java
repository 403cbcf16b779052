package dev.lockstep.fabric.verify;

/**
 * The rules that a block can break, in the order in which a verifier tells them. Peers of both
 * versions come across all of them in the end, but not all when they get the block; what they find
 * later stops them.
 */
public enum BlockRule {
  /** Its number is one more than that of the block before. */
  NUMBER(true, false),

  /** Its previous hash is that of the header of the block before. */
  PREVIOUS_HASH(true, false),

  /** Its data hash is that of its data. */
  DATA_HASH(true, true),

  /** It has data, and every transaction is a complete envelope in canonical encoding. */
  TRANSACTIONS(true, true),

  /** Its first transaction is of the channel. */
  CHANNEL(false, true),

  /** It has at least five slots of metadata. */
  METADATA_SLOTS(true, false),

  /** It carries signatures that satisfy the BlockValidation policy. */
  SIGNATURES(true, true),

  /** A new configuration is what its update makes of the one before. */
  CONFIGURATION(false, false);

  private final boolean checkedByV3;
  private final boolean checkedByV25;

  BlockRule(boolean checkedByV3, boolean checkedByV25) {
    this.checkedByV3 = checkedByV3;
    this.checkedByV25 = checkedByV25;
  }

  /** Whether a peer of version 3.0 refuses a block that breaks it when it gets the block. */
  public boolean isCheckedByV3() {
    return checkedByV3;
  }

  /** Whether a peer of version 2.5 refuses a block that breaks it when it gets the block. */
  public boolean isCheckedByV25() {
    return checkedByV25;
  }
}
