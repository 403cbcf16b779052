package dev.lockstep.fabric.config;

/** What the peers take the ordering service of a channel for. */
public enum ConsensusKind {
  /** Blocks carry certificates of signers; the BlockValidation policy says how many. */
  ETCDRAFT("etcdraft"),

  /** Blocks may name signers by their number among the consenters. Peers from v3.0 only. */
  BFT("BFT");

  private final String typeName;

  ConsensusKind(String typeName) {
    this.typeName = typeName;
  }

  /** As the configuration has it. */
  public String typeName() {
    return typeName;
  }
}
