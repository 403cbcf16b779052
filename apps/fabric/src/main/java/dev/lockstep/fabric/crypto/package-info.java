/** ECDSA signatures in the form that peers accept, and the DER they are written in. */
package dev.lockstep.fabric.crypto;
