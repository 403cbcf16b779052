package dev.lockstep.fabric.msp;

/** What a member of an organisation is, by the organisational unit in its certificate. */
public enum Role {
  CLIENT,
  PEER,
  ADMIN,
  ORDERER
}
