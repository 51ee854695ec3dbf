setlocal expandtab shiftwidth=2 softtabstop=2 commentstring=//\ %s comments=:///,://
setlocal formatprg=portals\ fmt\ -
setlocal makeprg=portals\ check\ % errorformat=%E%trror[%*[^]]]:\ %m,%W%tarning[%*[^]]]:\ %m,%Z\ %#-->\ %f:%l:%c,%-G%.%#
