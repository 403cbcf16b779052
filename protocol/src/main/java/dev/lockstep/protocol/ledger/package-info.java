/** The log of decisions as anybody can check it, who knows no more than the view. */
package dev.lockstep.protocol.ledger;
