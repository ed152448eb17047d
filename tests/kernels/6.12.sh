#!/usr/bin/env bash
exec "${0%/*}/fastpath" 6.12
