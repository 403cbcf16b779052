/**
 * What sessions and replicated databases say to each other, with canonical bytes: values, columns,
 * statements, results. Equal messages have equal bytes, so that hashes of them can be compared.
 */
package dev.lockstep.sql.message;
