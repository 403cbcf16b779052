/**
 * A verifier of blocks and whole chains, written from the rules that peers go by. It shares no code
 * with what makes blocks, so that an error there is found here.
 */
package dev.lockstep.fabric.verify;
