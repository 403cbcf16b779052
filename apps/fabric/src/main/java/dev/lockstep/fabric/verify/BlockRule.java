package dev.lockstep.fabric.verify;

/** The rules that a block can break, in the order in which a verifier tells them. */
public enum BlockRule {
  /** Its number is one more than that of the block before. */
  NUMBER(false),

  /** Its previous hash is that of the header of the block before. */
  PREVIOUS_HASH(false),

  /** Its data hash is that of its data. */
  DATA_HASH(true),

  /** It has data, and every transaction is a complete envelope in canonical encoding. */
  TRANSACTIONS(true),

  /** Its first transaction is of the channel. */
  CHANNEL(true),

  /** It has at least five slots of metadata. */
  METADATA_SLOTS(false),

  /** It carries signatures that satisfy the BlockValidation policy. */
  SIGNATURES(true),

  /** A new configuration is what its update makes of the one before. */
  CONFIGURATION(false);

  private final boolean checkedByOldPeers;

  BlockRule(boolean checkedByOldPeers) {
    this.checkedByOldPeers = checkedByOldPeers;
  }

  /**
   * Whether a peer of version 2.5 looks at it when it gets the block. What it does not look at then
   * stops it later.
   */
  public boolean isCheckedByOldPeersOnReceipt() {
    return checkedByOldPeers;
  }

  /** Whether a peer of version 3 looks at it when it gets the block. */
  public boolean isCheckedByPeersOnReceipt() {
    return this != CHANNEL && this != CONFIGURATION;
  }
}
