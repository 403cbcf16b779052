package dev.lockstep.fabric.block;

/** How a block signature names its signer. */
public enum SignatureStyle {
  /** With the signer's certificate; every peer accepts it. */
  SIGNATURE_HEADER,

  /** With the signer's number among the consenters; only on channels of type BFT, and short. */
  IDENTIFIER_HEADER
}
