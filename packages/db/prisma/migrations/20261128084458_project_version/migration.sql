-- AlterTable
ALTER TABLE "project" ADD COLUMN     "version" INTEGER NOT NULL DEFAULT 1;
